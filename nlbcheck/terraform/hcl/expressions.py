"""What is the value of an expression, as far as it can be told without AWS?"""

from __future__ import annotations

# Each of these says how the nodes of its kinds are evaluated.
from nlbcheck.terraform.hcl import access, function_calls, literals, loops  # noqa: F401
from nlbcheck.terraform.hcl.evaluation import Scope, value

__all__ = ["Scope", "value"]
