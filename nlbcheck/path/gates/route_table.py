"""Does the route that a packet takes carry it on, and does that lead to where it is to go?

A route whose target is gone is a blackhole and drops the packet:
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Route.html.
A NAT gateway opens connections, and drops replies to others; a private one leads to a transit gateway or a
virtual private gateway, not to the internet:
https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html. An egress-only internet gateway carries
IPv6 only: https://docs.aws.amazon.com/vpc/latest/userguide/egress-only-internet-gateway.html. Replies of a
public address leave by the internet gateway that translates it, and no other way:
https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html.
"""

from __future__ import annotations

from dataclasses import replace
from enum import Enum, auto

from nlbcheck.aws.resources.internet_gateway import routable
from nlbcheck.aws.resources.route_table import RouteState, RouteTable, RouteTargetKind
from nlbcheck.language import tell
from nlbcheck.model import Code, Confidence, Resource
from nlbcheck.model.facts import NotVisible
from nlbcheck.model.net import Address
from nlbcheck.path import remedy
from nlbcheck.path.outcome import Evidence, Outcome, Passed, Problem, Stopped, Unseen
from nlbcheck.path.route_choice import Choice, describe, unread


def check_missing(table: RouteTable, address: Address) -> Stopped:
    """Say that a table has no route for an address, where something could carry packets to it."""
    summary = tell("Route table {table} has no route for {address}.", table=_name(table), address=address)
    return Stopped(Problem(Code.ROUTE_MISSING, summary, subject=str(address)), _without_route(table, address))


def check_joined(table: RouteTable, address: Address, vpc_id: str, far_vpc_id: str | None) -> Stopped:
    """Say that a table has no route for an address, and that nothing joins the VPC with where that is."""
    summary = tell(
        "Route table {table} has no route for {address}, and nothing in the VPC leads there.",
        table=_name(table),
        address=address,
    )
    text = tell("Connect the networks with a VPN connection, a peering connection or a transit gateway.")
    if far_vpc_id is not None:
        summary = tell(
            "Nothing connects {vpc} with {other}, where {address} is.",
            vpc=vpc_id,
            other=far_vpc_id,
            address=address,
        )
        text = tell(
            "Connect {vpc} and {other} with a peering connection or a transit gateway.",
            vpc=vpc_id,
            other=far_vpc_id,
        )
    elif routable(address):
        text = tell(
            "Create an internet gateway or a NAT gateway for the VPC, and add a route to it to the route "
            "table."
        )
    problem = Problem(Code.VPCS_NOT_CONNECTED, summary, remedy.advice(text))
    return Stopped(problem, _without_route(table, address))


def _without_route(table: RouteTable, address: Address) -> Evidence:
    return {"table": table.id, "destination": str(address), "routes": len(table.routes)}


class Leads(Enum):
    """Where a route leads, seen from where a packet is to go."""

    THERE = auto()
    """There, as far as is known."""
    ELSEWHERE = auto()
    NO_REPLIES = auto()
    """To a NAT gateway, with a reply to a connection that this did not open."""
    NOT_BACK = auto()
    """Not to the internet gateway by which the connection came in."""


def check(table: RouteTable, choice: Choice, address: Address, vpc_id: str, leads: Leads) -> Outcome:
    """Say whether the route that wins takes a packet on; ``vpc_id`` is the VPC that it leaves."""
    evidence = describe(table, choice)
    if choice.route.target_kind is None or choice.route.target_id is None:
        return Unseen(unread(table, choice.route), evidence)
    if leads is not Leads.THERE:
        return Stopped(_elsewhere(table, choice, address, vpc_id, leads), evidence)
    if choice.route.state is RouteState.BLACKHOLE:
        summary = tell(
            "The route {route} to {target} in {table} is a blackhole: its target no longer exists.",
            route=choice.prefix,
            target=choice.route.target_id,
            table=_name(table),
        )
        return Stopped(Problem(Code.ROUTE_BLACKHOLE, summary, subject=str(choice.prefix)), evidence)
    if choice.route.state is None:
        fact = tell("the state of a route of {table}", table=table.id)
        return Unseen(NotVisible(fact, "ec2", "DescribeRouteTables", table.account_region), evidence)
    return Passed(evidence)


def _elsewhere(table: RouteTable, choice: Choice, address: Address, vpc_id: str, leads: Leads) -> Problem:
    if choice.route.target_kind is RouteTargetKind.LOCAL:
        summary = tell(
            "{address} should be outside {vpc}, but is in the VPC's own range {prefix}, so the local route "
            "is used.",
            address=address,
            vpc=vpc_id,
            prefix=choice.prefix,
        )
        fix = remedy.advice(
            tell(
                "Renumber one of the two networks, or translate addresses between them (NAT): no route takes "
                "precedence over the local route for its range."
            )
        )
        return Problem(Code.ADDRESS_OVERLAP, summary, fix)
    summary = tell(
        "In route table {table}, traffic to {address} takes the route {route} to {target}. {why}",
        table=_name(table),
        route=choice.prefix,
        target=choice.route.target_id,
        address=address,
        why=_why_elsewhere(choice.route.target_kind, leads),
    )
    problem = Problem(Code.ROUTE_LEADS_ELSEWHERE, summary, subject=str(address))
    if choice.route.target_kind is RouteTargetKind.VPN_GATEWAY:
        # A router on premises may send packets on: https://docs.aws.amazon.com/vpn/latest/s2svpn/VPN_CloudHub.html
        return replace(problem, confidence=Confidence.LIKELY)
    return problem


def _why_elsewhere(kind: RouteTargetKind | None, leads: Leads) -> str:
    """Return why a route to a thing of some kind does not lead where the packet is to go."""
    match kind:
        case RouteTargetKind.NAT_GATEWAY if leads is Leads.NO_REPLIES:
            return tell("A NAT gateway drops replies to connections that it did not open.")
        case _ if leads is Leads.NOT_BACK:
            return tell(
                "It likely does not lead back to the internet gateway through which the connection comes in."
                if kind is RouteTargetKind.VPN_GATEWAY
                else "It does not lead back to the internet gateway through which the connection comes in."
            )
        case RouteTargetKind.INTERNET_GATEWAY:
            return tell("It leads to the internet, which drops packets to private addresses.")
        case RouteTargetKind.NAT_GATEWAY:
            return tell("From that NAT gateway no route leads to the address.")
        case RouteTargetKind.EGRESS_ONLY_GATEWAY:
            return tell("An egress-only internet gateway forwards IPv6 only.")
        case RouteTargetKind.VPN_GATEWAY:
            return tell("It likely does not lead to the address.")
    return tell("It does not lead to the address.")


def _name(table: RouteTable) -> Resource:
    return Resource("route-table", table.id, table.name)
