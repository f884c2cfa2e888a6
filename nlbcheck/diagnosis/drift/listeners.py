"""Does each row's listener exist, for its protocol, and forward to the row's target group and no other?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from nlbcheck.aws.resources.listener import Action, Listener, Protocol, WeightedGroup
from nlbcheck.aws.resources.load_balancer import LoadBalancer
from nlbcheck.aws.resources.target_group import TargetGroup
from nlbcheck.aws.state import AwsState
from nlbcheck.diagnosis import target_groups
from nlbcheck.diagnosis.drift.finding import differs, met, of_balancer
from nlbcheck.language import listed, tell
from nlbcheck.model import Code, Finding, Json, Remedy, Resource, Verdict
from nlbcheck.model.facts import Absent, NotVisible
from nlbcheck.path import remedy
from nlbcheck.path.gates import balancer as balancer_gate
from nlbcheck.path.gates import listener as gate
from nlbcheck.path.outcome import unseen
from nlbcheck.path.selection import ipv4_actions
from nlbcheck.relays.table import Row

IN_A_ROW = {
    Protocol.TCP: "TCP",
    Protocol.TLS: "TLS",
    Protocol.TCP_UDP: "TCP_UDP",
    Protocol.TCP_QUIC: "TCP",
}
"""How a row writes the protocols that a connection can be made to."""
MeantGroup = TargetGroup | Absent | NotVisible
"""The target group that a row means."""


def of_row(state: AwsState, balancer: LoadBalancer, row: Row) -> tuple[MeantGroup, tuple[Finding, ...]]:
    """Return the target group that a row means, and what is wrong with the path there."""
    port = row.listener.number
    listener = state.listener_on(balancer, port)
    name = f"{balancer.name}:{port}"
    resource = Resource("listener", listener.arn if isinstance(listener, Listener) else name, name)
    shares = _shares(state, balancer, listener)
    group = meant(state, balancer, row)
    intended = group if isinstance(group, TargetGroup) else None
    checked = [gate.check(listener, balancer, port, row.listener.protocol, intended)]
    if isinstance(listener, Listener):
        actions = ipv4_actions(state, balancer, listener)
        checked.append(
            unseen(actions) if isinstance(actions, NotVisible) else gate.check_action(listener, actions)
        )
    if isinstance(listener, Absent) and not row.spec.reachable:
        checked = []  # it is closed, as the row wants it
    found = met(resource, *checked)
    if isinstance(listener, Listener) and shares:
        found += tuple(_elsewhere(state, balancer, row, listener, shares, group))
    return group, found


def of_table(state: AwsState, balancer: LoadBalancer, declared: Collection[int]) -> tuple[Finding, ...]:
    """Return what is to be said of the listeners as a whole; ``declared`` are the ports of the table."""
    listeners = state.listeners(balancer)
    if isinstance(listeners, NotVisible):
        return met(of_balancer(balancer), unseen(listeners))
    undeclared = sorted((item for item in listeners if item.port not in declared), key=lambda item: item.port)
    return (
        *(_undeclared(balancer, item) for item in undeclared),
        *met(of_balancer(balancer), balancer_gate.check_quota(balancer, len(listeners))),
    )


def meant(state: AwsState, balancer: LoadBalancer, row: Row) -> MeantGroup:
    """Return the target group that a row means; where the name fits several, the one that is forwarded to.

    A row that names none means the one that its listener forwards to.
    """
    shares = _shares(state, balancer, state.listener_on(balancer, row.listener.number))
    if not row.says_group and len(shares) == 1:
        return target_groups.of_listener(state, balancer, shares[0].arn)
    return target_groups.meant(state, balancer, row.target_group, [share.arn for share in shares])


def _shares(
    state: AwsState, balancer: LoadBalancer, listener: Listener | Absent | NotVisible
) -> list[WeightedGroup]:
    """Return the groups that a listener is seen to forward to."""
    actions = ipv4_actions(state, balancer, listener) if isinstance(listener, Listener) else ()
    return [] if isinstance(actions, NotVisible) else weighted(actions)


def weighted(actions: Iterable[Action]) -> list[WeightedGroup]:
    """Return the groups that get connections; those without weight only where no other is there."""
    groups = [group for action in actions for group in action.groups]
    return [group for group in groups if group.weight] or groups


def _elsewhere(
    state: AwsState,
    balancer: LoadBalancer,
    row: Row,
    listener: Listener,
    shares: Sequence[WeightedGroup],
    group: MeantGroup,
) -> Iterable[Finding]:
    """Yield a finding where the listener forwards to any other group than the row's, or to several."""
    meant = [
        share for share in shares if target_groups.is_meant(state, balancer, row.target_group, share.arn)
    ]
    if len(meant) == len(shares) or not row.says_group:
        return
    if meant:
        yield _shared(balancer, row, listener, shares, [share.arn for share in meant])
        return
    names = {share.arn: target_groups.name_in(share.arn) for share in shares}
    told = listed(
        [
            tell("{group} (weight {weight})", group=names[share.arn], weight=share.weight)
            if len(shares) > 1
            else names[share.arn]
            for share in shares
        ]
    )
    aws: Json = {"listener": listener.arn, "groups": {names[share.arn]: share.weight for share in shares}}
    yield differs(
        Code.LISTENER_FORWARDS_ELSEWHERE,
        tell(
            "Listener {listener} forwards to {groups}. The table says {group}, and no target group has that "
            "name."
            if isinstance(group, Absent)
            else "Listener {listener} forwards to {groups}. The table says {group}.",
            listener=f"{row.listener.protocol}:{listener.port}",
            groups=told,
            group=_known_as(row, group),
        ),
        Resource("listener", listener.arn, f"{balancer.name}:{listener.port}"),
        {"target_group": row.target_group},
        aws,
        _redirection(row, listener, group),
    )


def _shared(
    balancer: LoadBalancer,
    row: Row,
    listener: Listener,
    shares: Sequence[WeightedGroup],
    meant: Sequence[str],
) -> Finding:
    """Return the remark on other groups that get a share of the row's connections: as weighted."""
    total = sum(share.weight for share in shares) or len(shares)
    told = listed(
        [
            tell(
                "{group} (weight {weight} of {total})",
                group=target_groups.name_in(share.arn),
                weight=share.weight,
                total=total,
            )
            for share in shares
            if share.arn not in meant
        ]
    )
    aws: Json = {
        "listener": listener.arn,
        "groups": {target_groups.name_in(share.arn): share.weight for share in shares},
    }
    return differs(
        Code.LISTENER_FORWARDS_ELSEWHERE,
        tell(
            "Listener {listener} forwards to the row's {group} and also to {groups}. The connections to "
            "{groups} reach targets that the row does not name.",
            listener=f"{row.listener.protocol}:{listener.port}",
            groups=told,
            group=row.target_group,
        ),
        Resource("listener", listener.arn, f"{balancer.name}:{listener.port}"),
        {"target_group": row.target_group},
        aws,
        remedy.advice(
            tell("Nothing needs to change if the weights are intended. A row names one target group.")
        ),
        verdict=Verdict.WARN,
    )


def _known_as(row: Row, group: MeantGroup) -> str:
    """Return the group as the table names it, and as AWS does where that is another name."""
    if isinstance(group, TargetGroup) and group.name != row.target_group:
        return f"{row.target_group} ({group.name})"
    return row.target_group


def _redirection(row: Row, listener: Listener, group: MeantGroup) -> Remedy:
    if not isinstance(group, TargetGroup):
        return remedy.advice(
            tell(
                "If AWS is right, correct the row's target_group ({place}). Otherwise create the target "
                "group and let the listener forward to it.",
                place=row.told_place,
            )
        )
    action: dict[str, Json] = {"Type": "forward", "TargetGroupArn": group.arn}
    return remedy.advice(
        tell(
            "Let the listener forward to {group} only. If AWS is right, correct the row ({place}) instead.",
            group=group.name,
            place=row.told_place,
        ),
        remedy.elbv2("ModifyListener", ListenerArn=listener.arn, DefaultActions=[action]),
    )


def _advice(listener: Listener) -> str:
    """Return what to do about a listener without a row; whether anybody uses it, the table cannot know."""
    if listener.protocol not in IN_A_ROW:
        if listener.protocol is None:
            return tell("A table has rows for TCP and TLS only. Nothing needs to change for this listener.")
        return tell(
            "A table has rows for TCP and TLS only. Nothing needs to change for a {protocol} listener.",
            protocol=listener.protocol.value,
        )
    if len(weighted(listener.actions)) > 1:
        return tell("A row has one target group, and this listener has several. Nothing needs to change.")
    return tell(
        "If the listener is wanted, add its row to the table: nlbcheck mapping import writes the row, or "
        "says why it cannot. If it is not wanted, find out who uses it before you change anything."
    )


def _undeclared(balancer: LoadBalancer, listener: Listener) -> Finding:
    protocol = listener.protocol.value if listener.protocol else "?"
    names: list[Json] = [target_groups.name_in(group.arn) for group in listener.groups]
    known = all(action.type for action in listener.actions)
    return differs(
        Code.LISTENER_UNDECLARED,
        tell(
            "{balancer} has listener {listener}, which the table does not name."
            if not known
            else "{balancer} has listener {listener}, which the table does not name. It forwards to {groups}."
            if names
            else "{balancer} has listener {listener}, which the table does not name. It forwards to no "
            "target group.",
            balancer=balancer.name,
            listener=f"{protocol}:{listener.port}",
            groups=listed([*map(str, names)]) if names else "",
        ),
        Resource("listener", listener.arn, f"{balancer.name}:{listener.port}"),
        None,
        {"listener": f"{protocol}:{listener.port}", "target_groups": names},
        remedy.advice(_advice(listener)),
        verdict=Verdict.WARN,
    )
