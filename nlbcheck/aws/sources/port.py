"""Who answers calls to AWS?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class RefusedError(Exception):
    """AWS refused one call; ``code`` is its error code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Source(Protocol):
    """Who answers calls."""

    def call(self, service: str, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Return an answer, or raise RefusedError."""
