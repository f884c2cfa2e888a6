"""What takes the place of each text of a snapshot?"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Any

from nlbcheck.aws.redaction.accounts import Accounts
from nlbcheck.aws.redaction.forms import FORMS, KEPT, Piece
from nlbcheck.aws.redaction.harmless import is_by_name, is_harmless, is_own_key
from nlbcheck.aws.redaction.pseudonyms import Pseudonyms
from nlbcheck.aws.redaction.public_addresses import PublicAddresses


def redacted(document: Mapping[str, Any], key: bytes) -> dict[str, Any]:
    """Return a snapshot's JSON in which no name, account id or public address is left, and which says so.

    What is replaced is replaced by the same everywhere, so a diagnosis finds the same. Resource ids, private
    addresses, states, ports and times stay. Whoever has ``key``, 16 to 64 bytes, can try which account or
    address stands behind which.
    """
    redactor = _Redactor(key)
    redactor.walked(document, "", "")
    redactor.settle()
    return {**redactor.walked(document, "", ""), "redacted": True}


class _Redactor:
    """Walks a document twice: names are noted first, for one may end in another."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._names = Pseudonyms()
        self._name: Callable[[str], str] = self._names.note
        self._done: dict[str, str] = {}
        self._accounts = Accounts(key)
        self._addresses = PublicAddresses(key)

    def settle(self) -> None:
        """Give all names that were noted their pseudonyms."""
        self._names.settle()
        self._done.clear()
        self._name = self._names.of

    def walked(self, value: Any, parent: str, key: str) -> Any:  # noqa: ANN401 (a JSON value of any shape)
        """Return a value with its texts replaced; it stands under ``key`` of an object under ``parent``."""
        if isinstance(value, Mapping):
            return self._object(value, key, is_by_name(key))
        if isinstance(value, (list, tuple)):
            return [
                self._object(item, key) if isinstance(item, Mapping) else self.walked(item, parent, key)
                for item in value
            ]
        if isinstance(value, str):
            return value if is_harmless(value, parent, key) else self._text(value)
        return value

    def _object(self, value: Mapping[str, Any], key: str, by_name: bool = False) -> dict[str, Any]:
        found = {}
        for name, inner in value.items():
            is_own = is_own_key(name, by_name=by_name)
            below = key if by_name else name if is_own else ""
            found[name if is_own else self._text(name)] = self.walked(inner, key, below)
        return found

    def _text(self, text: str) -> str:
        """Return what stands for a text."""
        if text not in self._done:
            self._done[text] = self._by_form(text)
        return self._done[text]

    def _by_form(self, text: str) -> str:
        """Return what stands for a text, by its form where it has one, else as a name."""
        for form, pieces in FORMS:
            found = form.fullmatch(text)
            if found:
                return "".join(
                    self._piece(piece, part)
                    for piece, part in zip(pieces, found.groups(), strict=True)
                    if part
                )
        return self._part(text)

    def _piece(self, piece: Piece, part: str) -> str:
        match piece:
            case Piece.SAME:
                return part
            case Piece.DASHED:
                return self._part(part.replace("-", ".")).replace(".", "-")
            case Piece.DIGEST:
                digest = blake2b(part.encode(), key=self._key, digest_size=32).digest()
                return b64encode(digest).decode().rstrip("=")
            case Piece.PATH:
                return "/".join(self._part(word) for word in part.split("/"))
            case Piece.NAME:
                return self._part(part)

    def _part(self, text: str) -> str:
        """Return what stands for a text that is one thing."""
        if KEPT.fullmatch(text):
            return text
        if len(text) == 12 and text.isascii() and text.isdecimal():
            return self._accounts.of(text)
        return self._addresses.of(text) or self._name(text)
