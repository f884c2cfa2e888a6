"""Does a page take the ids of what was found, and only where they can do no harm?"""

from __future__ import annotations

from nlbcheck.explain.filled import filled

PAGE = """\
# sg-denies

NLB_NAME stays in prose.

```sh
aws ec2 describe-security-groups \\
  --group-ids SG_ID --filters Name=vpc-id,Values=VPC_ID
aws elbv2 describe-load-balancers --names NLB_NAME
```

```sh
aws ec2 authorize-security-group-ingress --group-id SG_ID
```

```sh
aws ec2 describe-security-groups --group-ids SG_ID
aws ec2 revoke-security-group-ingress --group-id SG_ID
```
"""
NAMES = {"SG_ID": "sg-1", "NLB_NAME": "example-nlb", "VPC_ID": "vpc-1; rm -rf ~"}


def test_commands_that_read_have_the_ids_and_those_that_write_have_the_names() -> None:
    read, write, mixed = filled(PAGE, NAMES).split("```sh\n")[1:]
    assert "--group-ids sg-1 --filters" in read
    assert "--names example-nlb\n" in read
    assert "--group-id SG_ID\n" in write
    assert mixed.count("SG_ID") == 2


def test_what_a_shell_would_act_on_is_no_id() -> None:
    assert "Values=VPC_ID\n" in filled(PAGE, NAMES)


def test_all_else_stays() -> None:
    assert filled(PAGE, {}) == PAGE
    assert "NLB_NAME stays in prose." in filled(PAGE, NAMES)
