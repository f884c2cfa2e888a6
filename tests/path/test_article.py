"""One fault in the article's network, and what the walk of one row at one node says of it."""

from __future__ import annotations

import json

import pytest

from nlbcheck.model import Verdict
from tests.path.telling import told, walked
from tests.scenarios.article import ROWS, article
from tests.scenarios.article_faults import CASES, Told
from tests.scenarios.mutations import Mutation


@pytest.mark.parametrize(("mutate", "port", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_one_fault(mutate: Mutation, port: int, expected: list[Told]) -> None:
    cloud = article()
    mutate(cloud)
    walk = walked(cloud, port)
    assert told(walk) == expected
    assert all(finding.zone == "ap-northeast-1a" for finding in walk.findings)
    assert all(finding.summary and finding.evidence and finding.remedy for finding in walk.findings)


@pytest.mark.parametrize("port", [row[0] for row in ROWS])
@pytest.mark.parametrize("zone", ["a", "c"])
def test_a_healthy_network_has_no_findings(port: int, zone: str) -> None:
    walk = walked(article(), port, zone)
    assert told(walk) == []
    assert walk.verdict is Verdict.PASS
    assert {(path.leg, path.direction) for path in walk.paths} == {
        (leg, direction) for leg in ("front", "back", "health") for direction in ("request", "reply")
    }
    assert all(hop.evidence for path in walk.paths for hop in path.hops)


@pytest.mark.parametrize(("mutate", "port"), [c[1:3] for c in CASES], ids=[c[0] for c in CASES])
def test_hops_and_evidence_can_be_written_as_json(mutate: Mutation, port: int) -> None:
    cloud = article()
    mutate(cloud)
    walk = walked(cloud, port)
    json.dumps([dict(hop.evidence) for path in walk.paths for hop in path.hops], allow_nan=False)
    json.dumps([dict(finding.evidence) for finding in walk.findings], allow_nan=False)
