"""Are fixes as Terraform what the calls are, whatever stands in a name?"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import hcl2
import pytest

from nlbcheck.aws import recording
from nlbcheck.formats import hcl, terraform
from nlbcheck.lab.endpoint.allowed import REMEDIES
from nlbcheck.model import Call
from nlbcheck.relays import load
from nlbcheck.terraform import laying, reading
from tests.aws.every_network import RELAYS, TRACES, Known, rows_of
from tests.diagnosis.test_every_remedy import REPORTED, findings
from tests.formats.test_script import hostile

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


def calls_of(known: Known) -> list[Call]:
    found = (finding.remedy for finding in findings(known) if finding.remedy)
    return list({call.identity: call for remedy in found for call in remedy.calls}.values())


def text_of(call: Call) -> str:
    """Return a call as a file of Terraform."""
    lines = []
    for number, item in enumerate(terraform.of_call(call), 1):
        if isinstance(item, str):
            lines.append(f"# {item}")
        else:
            lines += hcl.block(item, f"fix_{number}")
    return "\n".join(lines) + "\n"


def blocks(text: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Return what python-hcl2 reads: kind, name and arguments of each resource."""
    found = hcl2.loads(text).get("resource", [])
    return [
        (kind.strip('"'), name.strip('"'), arguments)
        for item in found
        for kind, named in item.items()
        for name, arguments in named.items()
    ]


def check(call: Call, tmp_path: Path) -> None:
    """Hold a call against its blocks: every value that it has stands in one, or a comment says why not."""
    made = terraform.of_call(call)
    text = text_of(call)
    read = blocks(text)
    assert len(read) == sum(not isinstance(item, str) for item in made)
    assert all(NAME.fullmatch(name) for _, name, _ in read)
    if not read:
        assert call.operation in text or made
        return
    (tmp_path / "fix.tf").write_text(text, encoding="utf-8")
    values = {str(leaf) for change in reading.read(tmp_path).changes for leaf in leaves(change.after)}
    wanted = {str(leaf) for leaf in leaves(call.parameters)} - {"forward"}
    assert wanted <= values | {"forward"}, text


def leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for item in value.values() for leaf in leaves(item)]
    if isinstance(value, (list, tuple)):
        return [leaf for item in value for leaf in leaves(item)]
    return [] if value is None else [value]


def check_all(known: Known, tmp_path: Path) -> None:
    for call in calls_of(known):
        check(call, tmp_path)


@pytest.mark.parametrize("name", RELAYS)
def test_the_remedies_of_a_relay(name: str, tmp_path: Path) -> None:
    check_all(RELAYS[name](), tmp_path)


@pytest.mark.parametrize("name", TRACES)
def test_the_remedies_of_a_traced_connection(name: str, tmp_path: Path) -> None:
    check_all(TRACES[name](), tmp_path)


@pytest.mark.parametrize("folder", REPORTED, ids=lambda folder: folder.name)
def test_the_remedies_of_a_network_that_was_reported(folder: Path, tmp_path: Path) -> None:
    recorded = recording.read(folder / "snapshot.json")
    check_all(rows_of((recorded,), load(folder / "table.yaml")), tmp_path)


def test_every_call_has_blocks_or_a_reason() -> None:
    for service, operations in REMEDIES.items():
        for operation in operations:
            for item in terraform.of_call(Call(service, operation, {})):
                assert item
                assert not isinstance(item, str) or item.endswith(":")


def test_a_route_as_terraform_does_what_the_call_does(tmp_path: Path) -> None:
    """Laid over the state as a plan, a block opens what the call opens."""
    from nlbcheck.aws.apply import apply
    from tests.scenarios.article import article
    from tests.scenarios.cloud import made_id

    parameters = {
        "RouteTableId": made_id("rtb", "client"), "DestinationCidrBlock": "10.5.0.0/16",
        "VpcPeeringConnectionId": made_id("pcx", "vpc-1-to-vpc-2"),
    }  # fmt: skip
    state = article().recording()
    (tmp_path / "fix.tf").write_text(text_of(Call("ec2", "CreateRoute", parameters)))
    laid = laying.lay(state, reading.read(tmp_path).changes)
    assert laid.refused == ()
    assert laid.recording == apply(state, "ec2", "CreateRoute", parameters)


def test_hostile_names_stay_names(tmp_path: Path) -> None:
    text = terraform.render(hostile())
    assert all(line.isprintable() for line in text.splitlines())
    [route] = [arguments for kind, _, arguments in blocks(text) if kind == "aws_route"]
    assert set(route) == {"route_table_id", "__is_block__"}
    (tmp_path / "fix.tf").write_text(text, encoding="utf-8")
    [change] = [item for item in reading.read(tmp_path).changes if item.type == "aws_route"]
    assert change.after is not None
    assert change.after["route_table_id"].startswith("rtb-1\n\n# $(touch owned)")


def test_nothing_to_fix_is_said() -> None:
    from tests.formats.reports import REPORTS

    assert "Nothing fails, or no fix is known." in terraform.render(REPORTS["all-ok"])
