"""Which mapping table do commands find where the user has none for the snapshot?"""

from __future__ import annotations

from pathlib import Path

from nlbcheck.diagnosis import imported
from nlbcheck.lab import article
from nlbcheck.lab.twin.running import Twin
from nlbcheck.mapping import writing

PATH = article.FOLDER / "of-the-snapshot.yaml"
"""Where it is written: inside a lab, nothing that is put there outlives it."""


def write(twin: Twin) -> Path:
    """Write a table of what the load balancer does, for the lab's client, and return where it is.

    InputError or UnseenError where no listener can be put into a row.
    """
    balancer = twin.blueprint.relays[0].balancer
    made = imported.table(twin.world, balancer)
    head = {**made.head, "client": str(twin.blueprint.survey.client.address)}
    PATH.write_text(writing.text(head, made.entries, f"What {balancer.name} does in the snapshot."), "utf-8")
    return PATH
