"""How does a tool take an AWS call that is only tried?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ToolCall:
    """An AWS call, as boto3 takes it. It is tried on a recording and never made in AWS."""

    service: str
    """ec2 or elbv2."""
    operation: str
    """CreateRoute, AuthorizeSecurityGroupIngress …"""
    parameters: dict[str, Any]
