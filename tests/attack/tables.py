"""Mapping tables of every format, with bytes, lines and words in them changed."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from nlbcheck.errors import InputError
from nlbcheck.relays import load
from nlbcheck.relays.readers import READERS
from tests.attack import Attempt

NAME = "tables of every format with something changed"
_SAMPLES = tuple(
    sorted(
        file
        for folder, pattern in (("sample_configs", "nlbcheck.*"), ("tests/relays/foreign", "*.*"))
        for file in (Path(__file__).parents[2] / folder).glob(pattern)
        if file.suffix in READERS and not (file.suffix == ".json" and folder != "sample_configs")
    )
)
_WORDS = (
    b"&a [*a, *a]", b"!!python/object:os.system", b"<<: *a", b"\xff\xfe", b"\x00", b"'", b'"', b"|", b"{",
    b"[" * 3000,
    b"9" * 5000, b"-1", b"0x1f", b"1e999", b"\xe2\x80\xae", b"::", b"fe80::1%eth0", b"0.0.0.0", b"\r",
    b"- " * 2000, b"=1+1", b"65536", b"null", b"~", b"yes", b"2026-13-45", b"---\n", b"? ", b"%YAML 9.9\n",
)  # fmt: skip
_LONGEST = 30


def attack(tries: int, seed: int) -> Iterator[Attempt]:
    """Load tables: each is one, or one InputError says what is wrong with it; none takes long."""
    order = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        for number in range(tries):
            sample = order.choice(_SAMPLES)
            file = Path(folder) / f"table{sample.suffix}"
            file.write_bytes(_mutated(sample.read_bytes(), order))
            yield Attempt(f"{sample.name}, number {number} of seed {seed}", _loaded(file))


def _mutated(content: bytes, order: random.Random) -> bytes:
    for _ in range(order.choice((1, 1, 2, 5))):
        content = order.choice(_CHANGES)(content, order)
    return content


def _cut(content: bytes, order: random.Random) -> bytes:
    return content[: order.randrange(len(content) + 1)]


def _inserted(content: bytes, order: random.Random) -> bytes:
    at = order.randrange(len(content) + 1)
    return content[:at] + order.choice(_WORDS) + content[at:]


def _flipped(content: bytes, order: random.Random) -> bytes:
    if not content:
        return content
    at = order.randrange(len(content))
    return content[:at] + bytes([order.randrange(256)]) + content[at + 1 :]


def _lines_moved(content: bytes, order: random.Random) -> bytes:
    lines = content.splitlines(keepends=True)
    order.shuffle(lines)
    return b"".join(lines)


def _line_repeated(content: bytes, order: random.Random) -> bytes:
    lines = content.splitlines(keepends=True) or [b""]
    at = order.randrange(len(lines))
    return b"".join([*lines[:at], *[lines[at]] * order.choice((2, 300)), *lines[at:]])


def _word_replaced(content: bytes, order: random.Random) -> bytes:
    words = content.split() or [b"x"]
    return content.replace(order.choice(words), order.choice(_WORDS), 1)


_CHANGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    _cut, _inserted, _flipped, _lines_moved, _line_repeated, _word_replaced,
)  # fmt: skip


def _loaded(file: Path) -> str | None:
    """Return what went wrong; None where the table was loaded or refused."""
    begun = time.monotonic()
    try:
        load(file)
    except InputError as error:
        if not all(problem.strip() for problem in error.problems):
            return "an error that says nothing"
    except Exception as error:  # whatever comes out is what is looked for
        return f"{error!r} at {file.read_bytes()[:2000]!r}"
    return None if time.monotonic() - begun < _LONGEST else f"took more than {_LONGEST} s"
