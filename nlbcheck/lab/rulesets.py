"""What does nftables hold where everything is dropped, and how does one ruleset become another?"""

from __future__ import annotations

import re

_TABLE = re.compile(r"^(table ip \S+) \{\n.*?^\}\n", re.MULTILINE | re.DOTALL)

SILENCE = """
table ip silence {
  chain prerouting {
    type filter hook prerouting priority raw; policy drop;
    iifname "lo" accept
  }
}
"""
"""Lets nothing in and nothing through, and says so to nobody."""

DEAD = (
    SILENCE
    + """
table ip dead {
  chain output {
    type filter hook output priority raw; policy drop;
    oifname "lo" accept
  }
}
"""
)
"""Lets nothing out either: a machine that is stopped."""


def replacing(before: str, after: str) -> str:
    """Return what turns one ruleset into another in one transaction; tables that stay are left alone.

    While one chain takes another's place, the kernel may let a packet pass between the two. A connection
    keeps for life what its first packet met, so what translates addresses changes only where it must.
    """
    old, new = _tables(before), _tables(after)
    gone = [f"delete {name}\n" for name, text in old.items() if new.get(name) != text]
    return "".join((*gone, *(text for name, text in new.items() if old.get(name) != text)))


def _tables(ruleset: str) -> dict[str, str]:
    return {found[1]: found[0] for found in _TABLE.finditer(ruleset)}
