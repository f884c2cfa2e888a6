"""Mutants of recordings: one field missing, null, of another type or an unknown word, on every network."""

from __future__ import annotations

import time
from collections.abc import Iterator

from tests.attack import Attempt
from tests.aws.mutants import drawn, surer

NAME = "recordings with a field missing, null, of another type or an unknown word"
_LONGEST = 60
"""Seconds for one network, on a machine that does other things as well."""


def attack(tries: int, seed: int) -> Iterator[Attempt]:
    """Diagnose mutants: no traceback, no hang, no better or certainly worse verdict, no other cause."""
    for mutant in drawn(seed, tries):
        begun, fault = time.monotonic(), None
        try:
            said = surer(mutant)
        except Exception as error:  # whatever comes out is what is looked for
            fault = repr(error)
        else:
            if said:
                fault = ", ".join(said)
        if fault is None and time.monotonic() - begun > _LONGEST:
            fault = f"took more than {_LONGEST} s"
        yield Attempt(str(mutant), fault)
