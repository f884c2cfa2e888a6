"""``python -m tests.lab.agreement NETWORKS [SEED]``: walk and kernel on random networks."""

from __future__ import annotations

import sys

from tests.lab.agreement import run
from tests.lab.agreement.run import Tally


def _tell(tally: Tally) -> None:
    sys.stdout.write("".join(f"{case}\n" for case in tally.cases) + f"{tally}\n")


if __name__ == "__main__":
    sys.exit(run.run(int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "1", _tell))
