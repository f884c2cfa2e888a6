"""Whom has a run of several tables asked already, so that tables of one account share what was answered?"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from nlbcheck.errors import UnseenError

_Made = TypeVar("_Made")


class Once(Generic[_Made]):
    """Makes each thing once; what could not be asked is not asked again."""

    def __init__(self) -> None:
        self._made: dict[Hashable, _Made] = {}
        self._failed: dict[Hashable, UnseenError] = {}

    def of(self, key: Hashable, make: Callable[[], _Made]) -> _Made:
        """Return what ``make`` made for ``key`` first, or raise the UnseenError that it ended with."""
        if key in self._failed:
            raise self._failed[key]
        if key not in self._made:
            try:
                self._made[key] = make()
            except UnseenError as error:
                self._failed[key] = error
                raise
        return self._made[key]
