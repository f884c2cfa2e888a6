"""Which files may a tool read and write? Those below the folder that the server was started in."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from nlbcheck.errors import InputError

_WRITTEN = (".json", ".json.gz")


@dataclass(frozen=True, slots=True)
class Premises:
    """The files that are within reach of tools."""

    folder: Path
    """Where the server was started, without links."""
    named: tuple[Path, ...] = ()
    """Tables that were named at its start, wherever they are."""

    def readable(self, name: str | None) -> Path | None:
        """Return the path of a file to read, None for None.

        Raises InputError for what is not below the folder, whatever links say, and not named at the start,
        and for what is no file.
        """
        if name is None:
            return None
        path = self._real(name)
        if not self._is_within(path) and path not in {Path(os.path.realpath(table)) for table in self.named}:
            raise InputError(f"{name}: is outside of {self.folder}, which the server was started in")
        if not os.path.isfile(path):  # noqa: PTH113 (no error for a name that is too long)
            raise InputError(f"{name}: there is no such file")
        return path

    def writable(self, name: str) -> Path:
        """Return the path of a snapshot to write.

        Raises InputError for what is not below the folder, whatever links say, for a file that is there
        already, and for another ending than a snapshot's.
        """
        path = self._real(name)
        if not self._is_within(path):
            raise InputError(f"{name}: is outside of {self.folder}, which the server was started in")
        if not path.name.endswith(_WRITTEN):
            raise InputError(f"{name}: a snapshot's name ends in {' or '.join(_WRITTEN)}")
        if os.path.lexists(path):
            raise InputError(f"{name}: exists already; name a new file")
        return path

    def _real(self, name: str) -> Path:
        try:
            return Path(os.path.realpath(self.folder / name))
        except (OSError, ValueError) as error:  # a null byte, or a name too long
            raise InputError(f"{name}: is not a file name: {error}") from None

    def _is_within(self, path: Path) -> bool:
        return path.is_relative_to(self.folder)
