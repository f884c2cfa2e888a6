"""What is to be asked of the hosts behind a row, by the table and by what AWS says of the row's targets?

Health checks, and connections of clients whose address is hidden, come from the load balancer's private
addresses: https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-register-targets.html.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from ipaddress import ip_address

from nlbcheck.aws.resources.load_balancer import Scheme
from nlbcheck.aws.resources.target_group import TargetType
from nlbcheck.aws.state import AwsState
from nlbcheck.diagnosis.survey import Survey, Surveyed
from nlbcheck.inspection.question import HostQuestion
from nlbcheck.model import Address
from nlbcheck.model.facts import NotVisible
from nlbcheck.path.gates import client_ip
from nlbcheck.path.health_asked import Asked
from nlbcheck.path.walk import TargetWalk
from nlbcheck.relays.table import Row, Table


def by_table(table: Table, rows: Sequence[Row]) -> tuple[HostQuestion, ...]:
    """Return what can be asked of the rows' targets where AWS says nothing."""
    return tuple(question for row in rows for question in _of_row(table, row))


def by_survey(state: AwsState, table: Table, surveyed: Survey) -> tuple[HostQuestion, ...]:
    """Return what is to be asked of the targets of rows that were surveyed."""
    nodes = _nodes(state, surveyed)
    client = _client(surveyed)
    return tuple(
        _known(state, replace(question, nodes=nodes or question.nodes, clients=client), row)
        for row in surveyed.rows
        for question in _of_row(table, row.row)
    )


def _of_row(table: Table, row: Row) -> Iterator[HostQuestion]:
    """Yield a question for each target whose address the table has."""
    for target in row.targets:
        if target.address is not None:
            others = {
                other.target_port.number
                for other in table.rows
                if any(item.address == target.address for item in other.targets)
            }
            yield HostQuestion(
                row.name,
                row.listener,
                target.name,
                target.address,
                row.target_port.number,
                row.check,
                tuple(node.address for node in table.static_ips),
                other_ports=frozenset(others),
            )


def _nodes(state: AwsState, surveyed: Survey) -> tuple[Address, ...]:
    found = state.nodes(surveyed.balancer) if surveyed.balancer else ()
    if isinstance(found, NotVisible):
        return ()
    return tuple(
        dict.fromkeys(address for node in found for address in (node.address, *node.source_addresses))
    )


def _client(surveyed: Survey) -> tuple[Address, ...]:
    """Return the client's address where targets may see it: behind the internet it is another one."""
    internal = surveyed.balancer is not None and surveyed.balancer.scheme is Scheme.INTERNAL
    try:
        return (ip_address(surveyed.client.address or ""),) if internal else ()
    except ValueError:
        return ()


def _known(state: AwsState, question: HostQuestion, row: Surveyed) -> HostQuestion:
    """Return a question with what AWS says of the target, where it is registered."""
    walked = [item for walk in row.walks if walk for item in walk.targets]
    own = [item for item in walked if (item.address, item.target.port) == (question.address, question.port)]
    alike = own or [item for item in walked if item.target.port == question.port]
    if not alike:
        return replace(question, instance=_instance(state, question.address))
    asked = Asked(alike[0].group, alike[0].target)
    return replace(
        question,
        health_port=asked.port,
        checks_by_tcp=asked.check.protocol is not None and not asked.by_web,
        preserves_client=_preserves(state, alike),
        instance=_instance_of(own) or _instance(state, question.address),
    )


def _preserves(state: AwsState, alike: Sequence[TargetWalk]) -> bool | None:
    if any(item.preserves_client for item in alike):
        return True
    group = alike[0].group
    told = client_ip.preserved(group, state.group_attributes(group))
    return told if isinstance(told, bool) else None


def _instance_of(own: Sequence[TargetWalk]) -> str | None:
    return next((item.target.id for item in own if item.group.type is TargetType.INSTANCE), None)


def _instance(state: AwsState, address: Address) -> str | None:
    """Return the one instance that has an address."""
    found = state.interfaces_with(address)
    if isinstance(found, NotVisible):
        return None
    owners = {item.instance_id for item in found}
    return owners.pop() if len(owners) == 1 else None
