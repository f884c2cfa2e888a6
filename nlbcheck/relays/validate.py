"""Is what a file says a mapping table? One answer for all formats."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from nlbcheck.model import Address, DeclaredTarget, Node
from nlbcheck.relays import fields, forbidden, joining, rows, unprobable, via
from nlbcheck.relays.rows import Draft
from nlbcheck.relays.section import Section
from nlbcheck.relays.table import Row, Table
from nlbcheck.relays.tree import MOST_ROWS, Problems, TreeNode, shown
from nlbcheck.relays.understood import Unprobed

KEYS = (
    "load_balancer", "region", "profile", "role_arn", "client", "client_profile", "via", "static_ips",
    "targets", "mappings", "forbidden",
)  # fmt: skip


def table(
    root: TreeNode,
    path: Path,
    targets: Mapping[str, Address],
    problems: Problems,
    unprobed: Sequence[Unprobed] = (),
) -> Table:
    """Return the table that ``root`` holds, or raise InputError; ``targets`` win over its own.

    ``unprobed`` are rows of the file that its reader has put aside.
    """
    if isinstance(root.value, list):
        root = TreeNode({"mappings": root}, root.line)
    top = Section(root, problems)
    top.only(KEYS)
    named = top.inner("targets")
    known = {**(named.every(fields.NAME, fields.address) if named else {}), **targets}
    aside = [*unprobed, *unprobable.put_aside(top)]
    drafts = joining.joined(_drafts(top, path.parent, aside))
    _check_listeners(drafts)
    for draft in drafts:
        joining.check_targets(draft, known)
    _check_target_groups(drafts, known)
    load_balancer = top.take("load_balancer", fields.text)
    region = top.take("region", fields.text)
    client = top.take("client", fields.target)
    client_profile = top.take("client_profile", fields.text)
    profile, role_arn = top.take("profile", fields.text), top.take("role_arn", fields.role_arn)
    static_ips = _static_ips(top)
    places = via.read(top)
    closed = forbidden.read(top, _names(drafts))
    if len(problems):
        raise problems.error()
    found = tuple(_rows(drafts, known))
    return Table(
        str(path), found, load_balancer, region, client, client_profile, static_ips, known, closed, places,
        unprobed=tuple(aside),
        profile=profile,
        role_arn=role_arn,
    )  # fmt: skip


def _names(drafts: Iterable[Draft]) -> Iterator[str]:
    """Yield what rows may be called, on the command line, too."""
    for draft in drafts:
        if draft.target_group:
            yield draft.target_group
        if draft.listener:
            yield from (str(draft.listener), str(draft.listener.number))
            yield f"{draft.target_group}:{draft.listener.number}"


def _static_ips(top: Section) -> tuple[Node, ...]:
    """Return the load balancer's nodes from a mapping of zones to addresses, or a list of addresses."""
    node = top.entries.get("static_ips")
    zones = None if node is None or isinstance(node.value, list) else top.inner("static_ips")
    if node is None:
        return ()
    if zones is None:
        nodes = [Node(None, address) for address in top.each("static_ips", fields.address)]
    else:
        nodes = [Node(*item) for item in zones.every(fields.NAME, fields.address).items()]
        if not zones.entries and isinstance(node.value, dict):
            top.refuse(node, "is empty", "static_ips")
    for address, times in Counter(node.address for node in nodes).items():
        if times > 1:
            top.refuse(node, f"{address} is there {times} times", "static_ips")
    return tuple(nodes)


def _drafts(top: Section, folder: Path, aside: Sequence[Unprobed]) -> list[Draft]:
    """Return what could be read of each row that is not put ``aside``."""
    node = top.entries.get("mappings")
    if node is None:
        top.take("mappings", fields.text, required=True)
        return []
    if not isinstance(node.value, list):
        top.refuse(node, f"{shown(node.value)} is not a list of rows", "mappings")
        return []
    if not node.value:
        told = ", ".join(f"{item.listener} ({item.place}) {item.why}" for item in aside[:3])
        top.refuse(node, f"has no row that can be probed: {told}" if told else "has no rows", "mappings")
    if len(node.value) > MOST_ROWS:
        top.refuse(
            node, f"has more than {MOST_ROWS:,} rows, and there are no more listener ports", "mappings"
        )
        return []
    drafts = []
    for number, row in enumerate(node.value):
        section = Section(row, top.problems, row.heading or f"mappings[{number}]")
        if isinstance(row.value, dict):
            drafts.append(rows.read(section, row.heading or f"line {row.line}", folder))
    return drafts


def _check_listeners(drafts: Iterable[Draft]) -> None:
    """Note every listener port that a row before has."""
    first: dict[int, str] = {}
    for draft in drafts:
        if draft.listener is None:
            continue
        port = draft.listener.number
        if port in first:
            draft.section.refuse(
                draft.section.entries["listener"], f"port {port} is the listener of {first[port]} already",
                "listener",
            )  # fmt: skip
        else:
            first[port] = draft.place


def _check_target_groups(drafts: Iterable[Draft], known: Mapping[str, Address]) -> None:
    """Note every row that says something else of its target group than a row before."""
    first: dict[str, tuple[frozenset[str], str, str, str]] = {}
    for draft in drafts:
        group, port, targets = draft.target_group, draft.target_port, draft.targets
        if group is None or port is None or targets is None:
            continue
        keys, named = frozenset(str(known.get(item, item)) for item in targets), joining.quoted(targets)
        seen = first.setdefault(group, (keys, str(port), named, draft.place))
        if seen[:2] != (keys, str(port)):
            there = f"{seen[1]} of {seen[2]} in {seen[3]}"
            sentence = f"{shown(group)} is {port} of {named} here, and {there}"
            draft.section.refuse(draft.section.entries["target_group"], sentence, "target_group")


def _rows(drafts: Sequence[Draft], known: Mapping[str, Address]) -> Iterator[Row]:
    """Yield the rows of drafts that are without mistakes."""
    times = Counter(draft.target_group for draft in drafts)
    for draft in drafts:
        listener, group, port, targets = draft.listener, draft.target_group, draft.target_port, draft.targets
        if listener is None or port is None or targets is None:
            continue
        number = str(listener.number)
        plain = group or (number if number not in times else str(listener))
        yield Row(
            name=plain if group is None or times[group] == 1 else f"{group}:{number}",
            listener=listener,
            target_group=group or number,
            target_port=port,
            targets=tuple(DeclaredTarget(item, joining.address_of(item, known)) for item in targets),
            spec=draft.spec,
            place=draft.place,
            samples=draft.said["samples"],
            says_group=group is not None,
            remarks=draft.said["remarks"] or {},
        )
