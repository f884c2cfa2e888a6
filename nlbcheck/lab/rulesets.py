"""What does nftables hold where everything is dropped?"""

from __future__ import annotations

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
