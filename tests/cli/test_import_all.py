"""``nlbcheck mapping import --all``: a table for every load balancer, of all accounts that it reaches."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from nlbcheck.relays import load
from nlbcheck.relays.many import load_all
from tests.cli.relay import HOME, SNAPSHOT, aws, called

REGION = "eu-west-1"
KEYS = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": REGION}


def test_one_account(tmp_path: Path) -> None:
    with aws() as (_, env):
        done = called("mapping", "import", "--all", "-o", tmp_path / "tables", env=env)
        again = called("mapping", "import", "--all", "-o", tmp_path / "tables", env=env)
        forced = called("mapping", "import", "--all", "-o", tmp_path / "tables", "--force", env=env)
        alone = called("mapping", "import", "--load-balancer", "example-nlb", env=env)
    file = tmp_path / "tables" / "example-nlb.yaml"
    assert (done.returncode, done.stderr.splitlines()[-1]) == (0, f"Wrote 1 mapping table to {file.parent}.")
    assert load(file).load_balancer == "example-nlb"
    assert file.read_text().partition("\n")[2] == alone.stdout.partition("\n")[2]
    assert file.stat().st_mode & 0o077 == 0
    assert again.returncode == 2
    assert f"nlbcheck: {file}: already exists; --force replaces it" in again.stderr
    assert forced.returncode == 0


def test_profiles_and_what_is_skipped(tmp_path: Path) -> None:
    """An account each; one of them is not to be asked."""
    credentials = tmp_path / "credentials"
    credentials.write_text(
        f"[tokyo]\naws_access_key_id = {HOME.account}\naws_secret_access_key = lab\n"
        "[stranger]\naws_access_key_id = nobody\naws_secret_access_key = lab\n"
    )
    with aws() as (_, settings):
        env = {**settings, "AWS_SHARED_CREDENTIALS_FILE": str(credentials)}
        profiles = ("--profile", "stranger", "--profile", "tokyo", "--profile", "nara")
        done = called("mapping", "import", "--all", *profiles, "-o", tmp_path / "out", env=env)
    skipped = [line for line in done.stderr.splitlines() if "is skipped" in line]
    assert done.returncode == 3
    assert skipped[0].startswith("profile stranger is skipped: AWS does not know the access key")
    assert skipped[1] == "profile nara is skipped: no AWS profile is named nara."
    (table,) = load_all([tmp_path / "out"], load).tables
    assert (Path(table.source).name, table.profile) == (
        f"{HOME.account}-{HOME.region}-example-nlb.yaml",
        "tokyo",
    )


def test_a_snapshot(tmp_path: Path) -> None:
    done = called("mapping", "import", "--all", "--snapshot", SNAPSHOT, "-q", "-o", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert [file.name for file in tmp_path.iterdir()] == [f"{HOME.account}-{HOME.region}-example-nlb.yaml"]


@pytest.mark.parametrize("word", ["account", "region"])
def test_a_snapshot_chooses_no_other_folder(word: str, tmp_path: Path) -> None:
    document = json.loads(SNAPSHOT.read_text())
    for answer in document["answers"]:
        answer[word] = "../../pwn/x"
    hostile, folder = tmp_path / "hostile.json", tmp_path / "deep" / "er" / "tables"
    written = json.dumps(document)
    hostile.write_text(written.replace(HOME.account, "../../pwn/x") if word == "account" else written)
    done = called("mapping", "import", "--all", "--snapshot", hostile, "-o", folder)
    assert "its name cannot be the name of a file" in done.stderr
    assert [path.name for path in tmp_path.rglob("*.yaml")] == []


def test_a_table_does_not_replace_the_snapshot(tmp_path: Path) -> None:
    snapshot, folder = tmp_path / "snapshot.json", tmp_path / "tables"
    snapshot.write_bytes(SNAPSHOT.read_bytes())
    folder.mkdir()
    (folder / f"{HOME.account}-{HOME.region}-example-nlb.yaml").hardlink_to(snapshot)
    done = called("mapping", "import", "--all", "--force", "--snapshot", snapshot, "-o", folder)
    assert done.returncode == 2
    assert "the table would replace the snapshot" in done.stderr
    assert snapshot.read_bytes() == SNAPSHOT.read_bytes()


@pytest.mark.parametrize("linked", [False, True])
def test_a_fifo_that_a_stranger_put_there_is_not_waited_for(linked: bool, tmp_path: Path) -> None:
    file = tmp_path / f"{HOME.account}-{HOME.region}-example-nlb.yaml"
    planted = tmp_path / "pipe" if linked else file
    os.mkfifo(planted)
    if linked:
        file.symlink_to(planted)
    done = called("mapping", "import", "--all", "--force", "--snapshot", SNAPSHOT, "-q", "-o", tmp_path)
    assert done.returncode == 2
    assert done.stderr == (
        f"nlbcheck: {file}: is no regular file: expected a file to replace, or nothing of that name\n"
    )
    assert planted.is_fifo()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ((), "no source is named: give --load-balancer NAME, a TABLE file, or --all"),
        (("--all", "--load-balancer", "x"), "--all: cannot be combined with a TABLE, --load-balancer"),
        (("--all",), "--all: needs the folder for the tables: -o DIR"),
        (("--all", "-o", "x", "--terraform", "x"), "not Terraform"),
        (
            ("--all", "-o", "x", "--organization-role", "R", "--profile", "a", "--profile", "b"),
            "--organization-role",
        ),
        (("--load-balancer", "x", "--profile", "a", "--profile", "b"), "need --all"),
    ],
)
def test_options_that_do_not_fit(options: tuple[str, ...], told: str) -> None:
    done = called("mapping", "import", *options)
    assert done.returncode == 2
    assert told in done.stderr


@pytest.fixture(scope="module")
def organization() -> Iterator[tuple[str, list[str]]]:
    """An organization of three accounts, one of them suspended; each but that has an NLB, one an ALB, too."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    organizations = boto3.client("organizations", endpoint_url=url, **KEYS)
    organizations.create_organization(FeatureSet="ALL")
    members = [
        organizations.create_account(AccountName=name, Email=f"{name}@example.com")["CreateAccountStatus"][
            "AccountId"
        ]
        for name in ("relays", "closed")
    ]
    organizations.close_account(AccountId=members[1])
    _balancer(url, KEYS, "own", "network")
    role = f"arn:aws:iam::{members[0]}:role/Reader"
    taken = boto3.client("sts", endpoint_url=url, **KEYS).assume_role(RoleArn=role, RoleSessionName="test")
    theirs = {
        "aws_access_key_id": taken["Credentials"]["AccessKeyId"],
        "aws_secret_access_key": taken["Credentials"]["SecretAccessKey"],
        "aws_session_token": taken["Credentials"]["SessionToken"],
        "region_name": REGION,
    }
    _balancer(url, theirs, "theirs", "network")
    _balancer(url, theirs, "web", "application")
    yield url, members
    server.stop()


def _balancer(url: str, keys: Mapping[str, str], name: str, kind: str) -> None:
    ec2 = boto3.client("ec2", endpoint_url=url, **keys)
    elb = boto3.client("elbv2", endpoint_url=url, **keys)
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"{REGION}{zone}")[
            "Subnet"
        ]["SubnetId"]
        for number, zone in enumerate("ab")
    ]
    balancer = elb.create_load_balancer(Name=name, Type=kind, Scheme="internal", Subnets=subnets)[
        "LoadBalancers"
    ][0]
    if kind == "network":
        group = elb.create_target_group(
            Name=f"{name}-tg", Protocol="TCP", Port=22, VpcId=vpc, TargetType="ip"
        )
        arn = group["TargetGroups"][0]["TargetGroupArn"]
        elb.register_targets(TargetGroupArn=arn, Targets=[{"Id": "10.0.0.10", "Port": 22}])
        elb.create_listener(
            LoadBalancerArn=balancer["LoadBalancerArn"],
            Protocol="TCP",
            Port=10022,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": arn}],
        )


def test_an_organization(organization: tuple[str, list[str]], tmp_path: Path) -> None:
    url, (member, closed) = organization
    env = {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }
    done = called("mapping", "import", "--all", "--organization-role", "Reader", "-o", tmp_path, env=env)
    tables = {table.load_balancer: table for table in load_all([tmp_path], load).tables}
    assert tables.keys() == {"own", "theirs"}
    assert tables["own"].role_arn is None
    assert tables["theirs"].role_arn == f"arn:aws:iam::{member}:role/Reader"
    assert f"account {closed} is skipped: it is suspended." in done.stderr
    assert (
        f"web in account {member}, {REGION} is skipped: it is not a Network Load Balancer, but of type"
        in done.stderr
    )
    shown = called("mapping", "show", "-m", tables["theirs"].source, "-f", "json")
    assert json.loads(shown.stdout)["role_arn"] == f"arn:aws:iam::{member}:role/Reader"
    diagnosed = called("diagnose", "--all", "--no-probe", "-m", tmp_path, "-q", "-f", "json", env=env)
    accounts = {item["load_balancer"]: item["account"] for item in json.loads(diagnosed.stdout)["relays"]}
    assert accounts["theirs"] == member != accounts["own"]
