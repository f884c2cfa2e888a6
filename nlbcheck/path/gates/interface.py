"""Does a network interface have the packet's destination address, and does a machine stand behind it?

What is sent to an address of the VPC that no interface has is lost, and so is what is sent to an instance
that does not run: https://docs.aws.amazon.com/vpc/latest/reachability/explanation-codes.html. A NAT gateway
lets no connection in: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html.
"""

from __future__ import annotations

from nlbcheck.aws.resources.instance import Instance, InstanceState
from nlbcheck.aws.resources.network_interface import InterfaceStatus, NetworkInterface
from nlbcheck.language import tell
from nlbcheck.model import Code, Json, Remedy
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
            summary = tell(
                "No network interface in {vpc} has the address {address}.", vpc=vpc_id, address=address
            )
            text = tell(
                "Assign {address} to the intended machine, or use the address that the machine has.",
                address=address,
            )
            fix = remedy.advice(text)
            return Stopped(Problem(Code.ADDRESS_UNUSED, summary, fix), evidence)
    evidence |= {"status": interface.status.value if interface.status else None}
    if interface.type == "nat_gateway":
        summary = tell(
            "{address} is the address of a NAT gateway ({interface}), which accepts no connections.",
            address=address,
            interface=interface.id,
        )
        fix = remedy.advice(tell("Connect to the address of the intended server."))
        return Stopped(Problem(Code.ADDRESS_UNUSED, summary, fix), evidence)
    if interface.status is InterfaceStatus.AVAILABLE:
        summary = tell(
            "{interface} has the address {address}, but is not attached to anything.",
            interface=interface.id,
            address=address,
        )
        fix = remedy.advice(tell("Attach {interface} to the intended machine.", interface=interface.id))
        return Stopped(Problem(Code.ADDRESS_UNUSED, summary, fix), evidence)
    if interface.status is None:
        fact = tell("the status of {name}", name=interface.id)
        return Unseen(
            NotVisible(fact, "ec2", "DescribeNetworkInterfaces", interface.account_region), evidence
        )
    return Passed(evidence)


def check_instance(instance: Instance) -> Outcome:
    """Say whether an instance runs."""
    evidence: dict[str, Json] = {"state": instance.state.value if instance.state else None}
    match instance.state:
        case None:
            fact = tell("the state of {name}", name=instance.id)
            return Unseen(NotVisible(fact, "ec2", "DescribeInstances", instance.account_region), evidence)
        case InstanceState.RUNNING:
            return Passed(evidence)
    name = f"{instance.name} ({instance.id})" if instance.name else instance.id
    summary = tell("Instance {instance} is {state}.", instance=name, state=instance.state.value)
    return Stopped(Problem(Code.INSTANCE_NOT_RUNNING, summary, _run(instance)), evidence)


def _run(instance: Instance) -> Remedy:
    """Return how an instance that does not run comes to run."""
    match instance.state:
        case InstanceState.STOPPING:
            return remedy.advice(
                tell("Wait until {instance} is stopped, then start it.", instance=instance.id)
            )
        case InstanceState.STOPPED:
            call = remedy.ec2("StartInstances", InstanceIds=[instance.id])
            return remedy.advice(tell("Start {instance}.", instance=instance.id), call)
        case InstanceState.PENDING:
            return remedy.advice(tell("Wait until {instance} is running.", instance=instance.id))
    return remedy.advice(tell("Replace the instance: it cannot be started again."))
