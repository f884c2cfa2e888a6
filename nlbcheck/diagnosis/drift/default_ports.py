"""Would a target that is registered without a port be reached on the row's?

A group's default port is used where a target is registered without one, and cannot be changed:
https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetDescription.html,
https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyTargetGroup.html.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from nlbcheck.aws.resources.target_group import TargetGroup
from nlbcheck.diagnosis.drift.finding import differs, listed, met, of_group
from nlbcheck.model import Code, Finding, Json, Resource, Verdict
from nlbcheck.model.facts import NotVisible
from nlbcheck.path import remedy
from nlbcheck.path.outcome import unseen
from nlbcheck.relays.table import Row


def of_row(row: Row, group: TargetGroup, registered: Sequence[object]) -> tuple[Finding, ...]:
    """Return a warning where a target that is registered without a port would get another one."""
    if group.port is None:
        fact = f"the default port of {group.name}"
        return met(
            of_group(group), unseen(NotVisible(fact, "elbv2", "DescribeTargetGroups", group.account_region))
        )
    wanted = row.target_port.number
    if group.port == wanted:
        return ()
    return (
        differs(
            Code.TARGET_GROUP_PORT_DIFFERS,
            f"{group.name} has default port {group.port}, the table says {wanted}: the next target that is "
            f"registered without a port is reached on {group.port}.",
            of_group(group),
            {"port": wanted},
            {"default_port": group.port, "registered": [str(item) for item in registered]},
            remedy.advice(
                f"A group's default port cannot be changed: always register with Port={wanted}, or create a "
                f"new group with port {wanted} and let the listener forward to it."
            ),
            verdict=Verdict.WARN,
        ),
    )


def shared(groups: Sequence[tuple[Row, TargetGroup | None]]) -> Mapping[int, Finding]:
    """Return for each default port that several groups have and their rows have not, the one remark on it.

    Controllers create groups so, and register each target with its own port.
    """
    found: defaultdict[int, dict[str, tuple[TargetGroup, int]]] = defaultdict(dict)
    for row, group in groups:
        if group is not None and group.port not in (None, row.target_port.number):
            found[group.port or 0][group.arn] = group, row.target_port.number
    return {
        port: _together(port, list(of_port.values())) for port, of_port in found.items() if len(of_port) > 1
    }


def _together(port: int, groups: Sequence[tuple[TargetGroup, int]]) -> Finding:
    names = [group.name for group, _ in groups]
    wanted: list[Json] = [*sorted({number for _, number in groups})]
    return differs(
        Code.TARGET_GROUP_PORT_DIFFERS,
        f"{len(names)} target groups have default port {port}, the table says {', '.join(map(str, wanted))}: "
        f"{listed(names)}. A target that is registered without a port is reached on {port}.",
        Resource("default-port", str(port)),
        {"ports": wanted},
        {"default_port": port, "groups": [*names]},
        remedy.advice(
            "Where a controller or a script registers every target with its port, nothing needs to change; "
            "else always register with Port, for a group's default port stays as it is."
        ),
        verdict=Verdict.WARN,
    )
