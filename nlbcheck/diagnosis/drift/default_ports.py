"""Would a target that is registered without a port be reached on the row's?

A group's default port is used where a target is registered without one, and cannot be changed:
https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetDescription.html,
https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyTargetGroup.html.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from nlbcheck.aws.resources.target_group import TargetGroup
from nlbcheck.diagnosis.drift.finding import differs, met, of_group, some_of
from nlbcheck.language import tell
from nlbcheck.model import Code, Finding, Json, Resource, Verdict
from nlbcheck.model.facts import NotVisible
from nlbcheck.path import remedy
from nlbcheck.path.outcome import unseen
from nlbcheck.relays.table import Row


def of_row(row: Row, group: TargetGroup, registered: Sequence[object]) -> tuple[Finding, ...]:
    """Return a warning where a target that is registered without a port would get another one."""
    if group.port is None:
        fact = tell("the default port of {group}", group=group.name)
        return met(
            of_group(group), unseen(NotVisible(fact, "elbv2", "DescribeTargetGroups", group.account_region))
        )
    wanted = row.target_port.number
    if group.port == wanted:
        return ()
    return (
        differs(
            Code.TARGET_GROUP_PORT_DIFFERS,
            tell(
                "{group} has default port {port}, and the table says {wanted}. A target that is registered "
                "without a port gets connections on port {port}.",
                group=group.name,
                port=group.port,
                wanted=wanted,
            ),
            of_group(group),
            {"port": wanted},
            {"default_port": group.port, "registered": [str(item) for item in registered]},
            remedy.advice(
                tell(
                    "The default port of a target group cannot be changed. Always register targets with "
                    "Port={port}, or create a target group with port {port} and let the listener forward to "
                    "it.",
                    port=wanted,
                )
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
        tell(
            "{count} target groups have default port {port}, and the table says {wanted}: {groups}. A target "
            "that is registered without a port gets connections on port {port}.",
            count=len(names),
            port=port,
            wanted=", ".join(map(str, wanted)),
            groups=some_of(names),
        ),
        Resource("default-port", str(port)),
        {"ports": wanted},
        {"default_port": port, "groups": [*names]},
        remedy.advice(
            tell(
                "Nothing needs to change where a controller or a script registers every target with its "
                "port. Otherwise always register targets with Port: the default port of a target group "
                "cannot be changed."
            )
        ),
        verdict=Verdict.WARN,
    )
