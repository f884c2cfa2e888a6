"""Let another environment find what it has not got in this one: ``borrow.py ENVIRONMENT``."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path

_WITHOUT = "chardet"
"""An old requests warns of a new one of it; it does without."""


def main(environment: Path) -> None:
    """Write the file that Python reads as it starts: https://docs.python.org/3/library/site.html."""
    (libraries,) = environment.glob("lib/python*/site-packages")
    lines = [sysconfig.get_path("purelib"), f"import sys; sys.modules[{_WITHOUT!r}] = None"]
    (libraries / "borrowed.pth").write_text("".join(f"{line}\n" for line in lines))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
