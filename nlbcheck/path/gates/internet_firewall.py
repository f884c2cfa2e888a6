"""Does an Automated Internet Firewall before the VPC's internet gateway let the connection pass?

Routes go on pointing at the internet gateway; the VPC, its subnets and its routes say that the firewall is
there. A subnet that is excluded, or in a zone that it does not serve, bypasses it. In an outbound-only
subnet, and for interfaces without a public address in a flexible one, it drops what is opened from outside
and gives what is opened from inside another source address. Its policy decides on the rest: in the mode
enforce it blocks, in the mode monitor it logs only:
https://docs.aws.amazon.com/network-firewall/latest/APIReference/API_IgwFirewallConfiguration.html,
https://docs.aws.amazon.com/network-security-manager/latest/APIReference/API_IgwFirewallConfig.html. What the
words of EC2's answers mean stands in its API model (botocore 1.44: NetworkFirewallAssociation, Subnet).
"""

from __future__ import annotations

from nlbcheck.aws.resources.subnet import InternetConnectivity, Subnet
from nlbcheck.aws.resources.vpc import FirewallMode, FirewallStatus, InternetFirewall
from nlbcheck.language import tell
from nlbcheck.model import Code, Json
from nlbcheck.model.facts import NotVisible
from nlbcheck.path import remedy
from nlbcheck.path.outcome import Outcome, Passed, Problem, Stopped, Unseen

_BYPASSES = (InternetConnectivity.EXCLUDE, InternetConnectivity.AZ_UNSUPPORTED)


def check(firewall: InternetFirewall, subnet: Subnet, *, outbound: bool, is_public: bool) -> Outcome:
    """Say whether a connection passes between a subnet and the internet.

    ``outbound`` says that it is opened from inside, ``is_public`` that the interface has a public address.
    """
    name = firewall.arn or tell("the Automated Internet Firewall")
    evidence: dict[str, Json] = {
        "firewall": firewall.arn,
        "status": firewall.status.value if firewall.status else None,
        "mode": firewall.mode.value if firewall.mode else None,
        "connectivity": subnet.connectivity.value if subnet.connectivity else None,
        "outbound": outbound,
    }
    if subnet.connectivity in _BYPASSES:
        return Passed(evidence)
    one_way = translates(subnet, is_public=is_public)
    enforces = (firewall.status, firewall.mode) == (FirewallStatus.ACTIVE, FirewallMode.ENFORCE)
    if one_way and not outbound and enforces:
        summary = tell(
            "{firewall} drops connections from the internet to {subnet}: the subnet's internet connectivity "
            "is {connectivity}.",
            firewall=name,
            subnet=subnet.id,
            connectivity=subnet.connectivity,
        )
        text = tell(
            "If the policy of AWS Network Security Manager may be changed, make {subnet} bidirectional in "
            "it.",
            subnet=subnet.id,
        )
        problem = Problem(Code.INTERNET_FIREWALL, summary, remedy.advice(text), subject=subnet.id)
        return Stopped(problem, evidence)
    if not one_way and firewall.mode is FirewallMode.MONITOR and subnet.connectivity:
        return Passed(evidence)
    fact = tell("what {firewall} does with connections of {subnet}", firewall=name, subnet=subnet.id)
    return Unseen(NotVisible(fact, "", "", None), evidence)


def translates(subnet: Subnet, *, is_public: bool) -> bool:
    """Whether a firewall gives a subnet's connections another source address, and lets none in."""
    if subnet.connectivity is InternetConnectivity.FLEXIBLE:
        return not is_public
    return subnet.connectivity is InternetConnectivity.OUTBOUND_ONLY
