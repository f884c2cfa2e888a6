"""What does the file say, as text?"""

from __future__ import annotations

import re
import stat
from pathlib import Path

from nlbcheck.errors import InputError
from nlbcheck.escape import printable
from nlbcheck.relays import encodings

LARGEST = 10_000_000
"""The most bytes that a table may have."""

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
BOM = "\ufeff"


def read(path: Path) -> str:
    """Return the text of the table at ``path``, byte order mark and line endings included.

    Raises InputError where there is no file, where it cannot be read, and where it is no UTF-8 text.
    """
    return _decoded(content_of(path), printable(str(path)))


def read_any(path: Path) -> tuple[str, str]:
    """Return the text of a table that people keep for themselves, and the encoding that it is in.

    That may be UTF-8, UTF-16, CP932 or EUC-JP; the last two are told apart by which of them gives Japanese.
    Raises InputError as ``read`` does.
    """
    content, source = content_of(path), printable(str(path))
    wide = encodings.utf_16(content)
    if wide is not None:
        return _checked(wide.removeprefix(BOM), source), "UTF-16"
    japanese = None if b"\0" in content or encodings.is_utf_8(content) else encodings.japanese(content)
    if japanese is not None:
        return _checked(japanese[0], source), japanese[1]
    return _decoded(content, source).removeprefix(BOM), "UTF-8"


def content_of(path: Path) -> bytes:
    """Return the bytes of the file at ``path``; raise InputError where that is not possible."""
    source = printable(str(path))
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise InputError(f"{source}: is a directory, a file was expected")
        if not stat.S_ISREG(status.st_mode):
            raise InputError(f"{source}: is not a regular file")
        if status.st_size > LARGEST:
            raise InputError(f"{source}: has {status.st_size} bytes, a table may have {LARGEST}")
        return path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"{source}: there is no such file") from None
    except PermissionError:
        raise InputError(f"{source}: may not be read (permission denied)") from None
    except OSError as error:
        raise InputError(f"{source}: cannot be read ({error.strerror})") from None
    except ValueError:
        raise InputError(f"{source}: cannot be read (no file has such a name)") from None


def _decoded(content: bytes, source: str) -> str:
    """Return ``content`` as text, or say why it is none."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError(f"{source}: is UTF-16, UTF-8 was expected")
    nul = content.find(b"\0")
    if nul >= 0:
        raise InputError(f"{source}: is not text (NUL byte at offset {nul})")
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"{source}:{line}: is not UTF-8 (byte 0x{content[error.start]:02x} at offset {error.start})"
        ) from None
    return _checked(text, source)


def _checked(text: str, source: str) -> str:
    """Return ``text``, or say why it is no table."""
    control = _CONTROL.search(text)
    if control:
        line = text.count("\n", 0, control.start()) + 1
        raise InputError(f"{source}:{line}: has the control character {printable(control.group())}")
    if not text.removeprefix(BOM).strip():
        raise InputError(f"{source}: is empty, a mapping table was expected")
    return text
