"""Is a mapping table for a snapshot's load balancer, and which one do commands find where none is?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from nlbcheck.aws.recording import Recording
from nlbcheck.aws.resources.load_balancer import LoadBalancer
from nlbcheck.aws.state import AwsState
from nlbcheck.diagnosis import balancers, imported
from nlbcheck.diagnosis.balancers import Several
from nlbcheck.errors import InputError
from nlbcheck.escape import printable
from nlbcheck.lab import article
from nlbcheck.lab.emulation.running import Emulation
from nlbcheck.model.facts import NotVisible
from nlbcheck.relays import Table, writing

PATH = article.FOLDER / "of-the-snapshot.yaml"
"""Where it is written: inside a lab, nothing that is put there outlives it."""


def fits(table: Table, recording: Recording) -> bool:
    """Return whether a recording shows a load balancer with one of a table's static IPs, else with its name.

    A table that says neither may be for any.
    """
    state, addresses = AwsState(recording), [node.address for node in table.static_ips]
    if addresses:
        return isinstance(balancers.find(state, None, table.region, addresses), (LoadBalancer, Several))
    return not table.load_balancer or isinstance(
        balancers.find(state, table.load_balancer, table.region), LoadBalancer
    )


def check(table: Table, recording: Recording) -> None:
    """Raise InputError for a table that does not fit."""
    if not fits(table, recording):
        state = AwsState(recording)
        there = [f"{item.name} ({', '.join(_dialled(state, item))})" for item in state.load_balancers]
        raise InputError(
            f"{table.source}: is for another load balancer than the snapshot's, {' and '.join(there)}"
        )


def addresses(recording: Recording) -> list[str]:
    """Return the addresses of the load balancers that a recording shows."""
    state = AwsState(recording)
    return [address for item in state.load_balancers for address in _dialled(state, item)]


def _dialled(state: AwsState, balancer: LoadBalancer) -> list[str]:
    nodes = state.nodes(balancer)
    known = () if isinstance(nodes, NotVisible) else nodes
    return [str(address) for node in known for address in balancers.dialled(node)]


def write(emulation: Emulation, remark: Callable[[str], None]) -> Path:
    """Write a table of what the load balancer does, for the lab's client, and return where it is.

    ``remark`` is told what no row can say. InputError or UnseenError where no listener can be put into a row.
    """
    balancer = emulation.blueprint.relays[0].balancer
    made = imported.table(emulation.state, balancer)
    for sentence in made.remarks:
        remark(f"in the table made of the snapshot, {printable(sentence)}")
    head = {**made.head, "client": str(emulation.blueprint.survey.client.address)}
    PATH.write_text(writing.text(head, made.entries, f"What {balancer.name} does in the snapshot."), "utf-8")
    return PATH
