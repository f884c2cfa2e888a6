"""Walks of small networks, told so briefly that a test can be read as a table."""

from __future__ import annotations

from nlbcheck.aws.state import AwsState
from nlbcheck.model import Finding
from nlbcheck.model.facts import NotVisible
from nlbcheck.path.selected import Intent
from nlbcheck.path.walk import Walk, walk_row
from tests.scenarios.article import CLIENT
from tests.scenarios.article_faults import Told
from tests.scenarios.cloud import Cloud


def walked(
    cloud: Cloud,
    port: int = 10022,
    zone: str = "a",
    client: str | None = CLIENT,
    intent: Intent | None = None,
    protocol: str | None = "TCP",
) -> Walk:
    """Walk one row at one node."""
    return walked_world(AwsState(cloud.recording()), port, zone, client, intent, protocol)


def walked_world(
    state: AwsState,
    port: int = 10022,
    zone: str = "a",
    client: str | None = CLIENT,
    intent: Intent | None = None,
    protocol: str | None = "TCP",
) -> Walk:
    balancer = state.load_balancers[0]
    nodes = state.nodes(balancer)
    assert not isinstance(nodes, NotVisible)
    node = next(node for node in nodes if node.zone.endswith(zone))
    return walk_row(state, balancer, node, port, protocol, client, intent)


def told(walk: Walk) -> list[Told]:
    return [tell(finding) for finding in walk.findings]


def tell(finding: Finding) -> Told:
    resource = finding.resource
    name = (resource.name or resource.id) if resource else "-"
    return finding.code, finding.leg.value, (finding.direction or "-"), name
