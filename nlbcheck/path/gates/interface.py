"""Does a network interface have the packet's destination address, and does a machine stand behind it?

What is sent to an address of the VPC that no interface has is lost, and so is what is sent to an instance
that does not run: https://docs.aws.amazon.com/vpc/latest/reachability/explanation-codes.html. A NAT gateway
lets no connection in: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html.
"""

from __future__ import annotations

from nlbcheck.aws.resources.instance import Instance, InstanceState
from nlbcheck.aws.resources.network_interface import InterfaceStatus, NetworkInterface
from nlbcheck.model import Code, Json
from nlbcheck.model.facts import Absent, NotVisible
from nlbcheck.model.net import Address
from nlbcheck.path import remedy
from nlbcheck.path.outcome import Outcome, Passed, Problem, Stopped, Unseen, unseen


def check(interface: NetworkInterface | Absent | NotVisible, address: Address, vpc_id: str) -> Outcome:
    """Say whether an interface in use has the address."""
    evidence: dict[str, Json] = {"address": str(address), "vpc": vpc_id}
    match interface:
        case NotVisible():
            return unseen(interface)
        case Absent():
            summary = f"No network interface in {vpc_id} has the address {address}."
            fix = remedy.advice(
                f"Give {address} to the machine that is meant, or name the address that it has."
            )
            return Stopped(Problem(Code.ADDRESS_UNUSED, summary, fix), evidence)
    evidence |= {"status": interface.status.value if interface.status else None}
    if interface.type == "nat_gateway":
        summary = f"{address} is the address of a NAT gateway ({interface.id}), which takes no connections."
        fix = remedy.advice("Dial the address of the server that is meant.")
        return Stopped(Problem(Code.ADDRESS_UNUSED, summary, fix), evidence)
    if interface.status is InterfaceStatus.AVAILABLE:
        summary = f"{interface.id} has the address {address}, and is attached to nothing."
        fix = remedy.advice(f"Attach {interface.id} to the machine that is meant.")
        return Stopped(Problem(Code.ADDRESS_UNUSED, summary, fix), evidence)
    if interface.status is None:
        fact = NotVisible(
            f"the status of {interface.id}", "ec2", "DescribeNetworkInterfaces", interface.account_region
        )
        return Unseen(fact, evidence)
    return Passed(evidence)


def check_instance(instance: Instance) -> Outcome:
    """Say whether an instance runs."""
    evidence: dict[str, Json] = {"state": instance.state.value if instance.state else None}
    match instance.state:
        case None:
            fact = f"the state of {instance.id}"
            return Unseen(NotVisible(fact, "ec2", "DescribeInstances", instance.account_region), evidence)
        case InstanceState.RUNNING:
            return Passed(evidence)
    name = f"{instance.name} ({instance.id})" if instance.name else instance.id
    summary = f"Instance {name} is {instance.state.value}."
    fix = remedy.advice("Replace the instance: it does not come back.")
    if instance.state is InstanceState.STOPPING:
        fix = remedy.advice(f"Wait until {instance.id} is stopped, then start it.")
    elif instance.state is InstanceState.STOPPED:
        call = remedy.ec2("StartInstances", InstanceIds=[instance.id])
        fix = remedy.advice(f"Start {instance.id}.", call)
    elif instance.state is InstanceState.PENDING:
        fix = remedy.advice(f"Wait until {instance.id} runs.")
    return Stopped(Problem(Code.INSTANCE_NOT_RUNNING, summary, fix), evidence)
