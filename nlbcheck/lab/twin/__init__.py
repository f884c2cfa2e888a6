"""How does the network of a recording run on one machine: World → Plan, decided by the kernel?

The translation knows AWS's rules from its documentation and nothing of ``nlbcheck.way``: the kernel's
longest prefix match, rule order and connection tracking are the second opinion on that model.
"""

from __future__ import annotations

from nlbcheck.lab.twin.blueprint import Blueprint, draw

__all__ = ["Blueprint", "draw"]
