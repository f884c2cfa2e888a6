"""In which account and Region is a remedy's call made? Said where a network lies in several."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from nlbcheck.aws.state import AwsState
from nlbcheck.language import tell
from nlbcheck.model import Call, Finding, Json
from nlbcheck.model.facts import AccountRegion

_Look = Callable[[AwsState, str], object]

_RESOURCES: dict[str, _Look] = {
    "RouteTableId": lambda state, key: state.route_table(key),
    "NetworkAclId": lambda state, key: state.network_acl(key),
    "GroupId": lambda state, key: state.security_group(key),
    "NetworkInterfaceId": lambda state, key: state.interface(key),
    "InstanceIds": lambda state, key: state.instance(key),
    "VpnGatewayId": lambda state, key: state.vpn_gateway(key),
    "InternetGatewayId": lambda state, key: state.internet_gateway(key),
    "VpnConnectionId": lambda state, key: state.vpn_connection(key),
    "TransitGatewayRouteTableId": lambda state, key: state.transit_route_table(key),
    "TransitGatewayAttachmentId": lambda state, key: state.transit_attachment(key),
    "SubnetId": lambda state, key: state.subnet(key),
    "VpcId": lambda state, key: state.vpc(key),
}
"""What is changed, by the parameter that names it, the most telling first."""
_ARNS = ("TargetGroupArn", "ListenerArn", "LoadBalancerArn")


_OF_ONE_ACCOUNT = ("RouteTableId", "NetworkAclId", "GroupId", "InstanceIds", "TransitGatewayRouteTableId")
"""What is shown to the account alone that may change it."""


def with_accounts(state: AwsState, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings whose remedies name the account of their commands, where a network is of several."""
    if len({place.account for place in state.asked_in}) < 2:
        return tuple(findings)
    return tuple(_addressed(state, finding) for finding in findings)


def _addressed(state: AwsState, finding: Finding) -> Finding:
    fix = finding.remedy
    accounts = {_account(state, call) for call in fix.calls} if fix else set()
    account = accounts.pop() if len(accounts) == 1 else None
    if fix is None or account is None or account in fix.text:
        return finding
    text = tell(
        "{fix} Run this command in account {account}."
        if len(fix.calls) == 1
        else "{fix} Run these commands in account {account}.",
        fix=fix.text,
        account=account,
    )
    return replace(finding, remedy=replace(fix, text=text))


def _account(state: AwsState, call: Call) -> str | None:
    for name in _ARNS:
        if name in call.parameters:
            return str(call.parameters[name]).split(":")[4]
    for name in _OF_ONE_ACCOUNT:
        if name in call.parameters:
            place = getattr(_RESOURCES[name](state, _first(call.parameters[name])), "account_region", None)
            return place.account if isinstance(place, AccountRegion) else None
    return None


def with_regions(state: AwsState, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings whose commands name their Regions, where those of one network differ."""
    if len({place.region for place in state.asked_in}) < 2:
        return tuple(findings)
    return tuple(_placed(state, finding) for finding in findings)


def _placed(state: AwsState, finding: Finding) -> Finding:
    fix = finding.remedy
    if fix is None or not fix.calls:
        return finding
    calls = tuple(replace(call, region=call.region or _region(state, call)) for call in fix.calls)
    return replace(finding, remedy=replace(fix, calls=calls))


def _region(state: AwsState, call: Call) -> str | None:
    for name in _ARNS:
        if name in call.parameters:
            return next(iter(str(call.parameters[name]).split(":")[3:4]), None)
    for name, look in _RESOURCES.items():
        if name in call.parameters:
            found = look(state, _first(call.parameters[name]))
            place = getattr(found, "account_region", None)
            return place.region if isinstance(place, AccountRegion) else None
    return None


def _first(value: Json) -> str:
    return str(value[0]) if isinstance(value, list | tuple) else str(value)
