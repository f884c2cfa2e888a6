"""Is a mapping table for a snapshot's load balancer, and which one do commands find where none is?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from nlbcheck.aws.balancers import LoadBalancer
from nlbcheck.aws.recording import Recording
from nlbcheck.aws.state import AwsState
from nlbcheck.diagnosis import balancers, imported
from nlbcheck.escape import printable
from nlbcheck.lab import article
from nlbcheck.lab.emulation.running import Emulation
from nlbcheck.relays import Table, writing

PATH = article.FOLDER / "of-the-snapshot.yaml"
"""Where it is written: inside a lab, nothing that is put there outlives it."""


def fits(table: Table, recording: Recording) -> bool:
    """Return whether a recording shows the load balancer that a table names, or has the addresses of.

    A table that says neither may be for any.
    """
    state, name = AwsState(recording), table.load_balancer
    addresses = [node.address for node in table.static_ips]
    found = [balancers.find(state, name, table.region)] if name else []
    found += [balancers.find(state, None, table.region, addresses)] if addresses else []
    return not found or any(isinstance(item, LoadBalancer) for item in found)


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
