"""Which made-up account id stands for a real one?"""

from __future__ import annotations

from hashlib import blake2b


class Accounts:
    """Account ids and what stands for them, as a key makes it; no two ids get the same one."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._known: dict[str, str] = {}
        self._taken: set[str] = set()

    def of(self, account: str) -> str:
        """Return the id of twelve digits that stands for ``account``."""
        if account not in self._known:
            made = account
            while made == account or made in self._taken:
                digest = blake2b(made.encode(), key=self._key, digest_size=8).digest()
                made = f"{int.from_bytes(digest) % 10**12:012}"
            self._known[account] = made
            self._taken.add(made)
        return self._known[account]

    def __len__(self) -> int:
        return len(self._known)
