"""Does a network interface that a route points at take packets that are not its own?

The source/destination check drops them:
https://docs.aws.amazon.com/vpc/latest/reachability/explanation-codes.html
(ENI_SOURCE_DEST_CHECK_RESTRICTION).
"""

from __future__ import annotations

from nlbcheck.aws.resources.network_interface import NetworkInterface
from nlbcheck.language import tell
from nlbcheck.model import Code
from nlbcheck.model.facts import NotVisible
from nlbcheck.path import remedy
from nlbcheck.path.outcome import Outcome, Passed, Problem, Stopped, Unseen


def check(interface: NetworkInterface) -> Outcome:
    """Say whether the interface takes what is addressed to others."""
    evidence = {"source_dest_check": interface.source_dest_check}
    if interface.source_dest_check is None:
        fact = tell("the source/destination check of {interface}", interface=interface.id)
        return Unseen(
            NotVisible(fact, "ec2", "DescribeNetworkInterfaces", interface.account_region), evidence
        )
    if not interface.source_dest_check:
        return Passed(evidence)
    call = remedy.ec2(
        "ModifyNetworkInterfaceAttribute", NetworkInterfaceId=interface.id, SourceDestCheck={"Value": False}
    )
    fix = remedy.advice(
        tell("Disable the source/destination check of {interface}.", interface=interface.id), call
    )
    summary = tell(
        "{interface} drops packets that are not addressed to it: its source/destination check is enabled.",
        interface=interface.id,
    )
    return Stopped(Problem(Code.SOURCE_DEST_CHECK, summary, fix), evidence)
