"""Is there a Network Load Balancer such as the table names?"""

from __future__ import annotations

from collections.abc import Iterable

from nlbcheck.aws.resources.load_balancer import BalancerType, LoadBalancer
from nlbcheck.aws.state import AwsState
from nlbcheck.diagnosis import balancers
from nlbcheck.diagnosis.balancers import Several
from nlbcheck.diagnosis.drift.finding import differs, met, of_balancer
from nlbcheck.errors import InputError, UnseenError
from nlbcheck.language import either, listed, paragraph, tell
from nlbcheck.model import Code, Finding, Json, Leg, Resource, Verdict
from nlbcheck.model.facts import Absent, NotVisible
from nlbcheck.path import remedy
from nlbcheck.path.outcome import unseen
from nlbcheck.relays.table import Table
from nlbcheck.relays.tree import near


def of_table(state: AwsState, table: Table) -> tuple[LoadBalancer | None, tuple[Finding, ...]]:
    """Return the table's load balancer, and what is wrong with it; None where there is none to look at.

    Raises InputError where the table has neither its name nor an address.
    """
    addresses = [node.address for node in table.static_ips]
    return judged(state, balancers.find(state, table.load_balancer, table.region, addresses), table)


def needed(state: AwsState, name: str, region: str | None) -> LoadBalancer:
    """Return the Network Load Balancer that a command is about.

    Raises InputError where there is none of this name, UnseenError where that cannot be told.
    """
    found, about = of_table(state, Table("", (), name, region))
    if found is not None:
        return found
    told = "\n".join(finding.summary for finding in about)
    raise UnseenError(told) if about[0].verdict is Verdict.UNKNOWN else InputError(told)


def judged(
    state: AwsState, found: balancers.BalancerLookup, table: Table
) -> tuple[LoadBalancer | None, tuple[Finding, ...]]:
    """Return the load balancer that was found, and what is to be said about that."""
    wanted = table.load_balancer or " and ".join(str(node.address) for node in table.static_ips)
    resource = Resource("load-balancer", wanted)
    match found:
        case Several():
            return None, (_not_found(state, table, resource, _several(found), found.fitting),)
        case Absent():
            return None, (_not_found(state, table, resource, _absent(state, table, found)),)
        case NotVisible():
            away = balancers.elsewhere(state, table.load_balancer, table.region)
            if away:
                fact = tell(
                    "{fact} (the recording shows one in {places})", fact=found.fact, places=_places(away)
                )
                found = NotVisible(fact, found.service, found.operation, found.account_region, found.error)
            return None, met(resource, unseen(found))
    if found.type is BalancerType.NETWORK:
        return found, ()
    if found.type is None:
        fact = tell("the type of {balancer}", balancer=found.name)
        hidden = NotVisible(fact, "elbv2", "DescribeLoadBalancers", found.account_region)
        return found, met(of_balancer(found), unseen(hidden))
    summary = tell(
        "{balancer} is a load balancer of type {type}, not a Network Load Balancer.",
        balancer=found.name,
        type=found.type.value,
    )
    return None, (_not_found(state, table, of_balancer(found), summary, (found,)),)


def _several(found: Several) -> str:
    names = ", ".join(f"{item.name} ({item.account_region})" for item in found.fitting)
    return tell("{name} fits several load balancers: {balancers}.", name=found.wanted, balancers=names)


def _absent(state: AwsState, table: Table, absent: Absent) -> str:
    summary = tell(
        "There is no {what} in {place}." if absent.account_region else "There is no {what}.",
        what=absent.what,
        place=absent.account_region,
    )
    away = balancers.elsewhere(state, table.load_balancer, table.region)
    if away:
        return paragraph(summary, tell("There is one in {places}.", places=_places(away)))
    like = near(table.load_balancer or "", [item.name for item in state.load_balancers])
    meant = tell("Did you mean {names}?", names=either(like)) if like else ""
    return paragraph(summary, meant)


def _places(found: Iterable[LoadBalancer]) -> str:
    return listed([str(item.account_region) for item in found])


def _not_found(
    state: AwsState, table: Table, resource: Resource, summary: str, fitting: Iterable[LoadBalancer] = ()
) -> Finding:
    like = near(table.load_balancer or "", [item.name for item in state.load_balancers])
    shown: list[Json] = [item.arn for item in fitting] or [*like]
    declared: Json = {
        "load_balancer": table.load_balancer,
        "region": table.region,
        "static_ips": [str(node.address) for node in table.static_ips],
    }
    fix = remedy.advice(
        tell("Correct load_balancer or region in the table, or use another profile or Region.")
    )
    return differs(
        Code.BALANCER_NOT_FOUND, summary, resource, declared, {"load_balancers": shown}, fix, leg=Leg.BALANCER
    )
