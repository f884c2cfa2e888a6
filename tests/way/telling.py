"""Walks of small networks, told so briefly that a test can be read as a table."""

from __future__ import annotations

from nlbcheck.aws.sight import NotVisible
from nlbcheck.aws.world import World
from nlbcheck.model import Finding
from nlbcheck.way import relay
from nlbcheck.way.relay import Walk
from nlbcheck.way.selection import Intent
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
    return walked_world(World(cloud.recording()), port, zone, client, intent, protocol)


def walked_world(
    world: World,
    port: int = 10022,
    zone: str = "a",
    client: str | None = CLIENT,
    intent: Intent | None = None,
    protocol: str | None = "TCP",
) -> Walk:
    balancer = world.load_balancers[0]
    nodes = world.nodes(balancer)
    assert not isinstance(nodes, NotVisible)
    node = next(node for node in nodes if node.zone.endswith(zone))
    return relay.walk_row(world, balancer, node, port, protocol, client, intent)


def told(walk: Walk) -> list[Told]:
    return [tell(finding) for finding in walk.findings]


def tell(finding: Finding) -> Told:
    resource = finding.resource
    name = (resource.name or resource.id) if resource else "-"
    return finding.code, finding.leg.value, (finding.direction or "-"), name
