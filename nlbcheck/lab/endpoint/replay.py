"""What does a recording answer to a call that reads?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nlbcheck.lab.endpoint import filters, models, paging, paths
from nlbcheck.lab.endpoint.catalogue import Catalogue, ResponseItem, gathered, merged, seen
from nlbcheck.lab.endpoint.failures import not_found, not_recorded, refusal
from nlbcheck.lab.endpoint.models import Operation
from nlbcheck.lab.endpoint.question import ApiQuestion, sort_out
from nlbcheck.lab.endpoint.request import ApiCall
from nlbcheck.model.facts import AccountRegion

_OWNERS = {
    "LoadBalancerArn": ("elbv2", "DescribeLoadBalancers"),
    "ListenerArn": ("elbv2", "DescribeListeners"),
    "TargetGroupArn": ("elbv2", "DescribeTargetGroups"),
    "TransitGatewayRouteTableId": ("ec2", "DescribeTransitGatewayRouteTables"),
    "PrefixListId": ("ec2", "DescribeManagedPrefixLists"),
}
"""The call that lists what a parameter names."""


def answer(catalogue: Catalogue, call: ApiCall) -> dict[str, Any]:
    """Return the answer to a call; ApiError where AWS would refuse it or the recording does not tell."""
    operation, account_region = call.operation, call.account_region
    if operation.name == "GetCallerIdentity":
        return _identity(catalogue, account_region)
    check_permission(catalogue, call)
    question = sort_out(operation, call.parameters)
    paging.check(operation, question)
    conditions = filters.conditions(operation, question.filters)
    told = catalogue.told(account_region, operation, question)
    _check_owners(catalogue, account_region, question)
    if not told:
        _check_untold(catalogue, account_region, operation, question)
    items = merged(operation, told) if operation.items else []
    for field, wanted in question.chosen.items():
        items = _chosen(operation, items, field, wanted)
    for parameter, owner in question.parent.items():
        items = [item for item in items if owner in _belongs(item, parameter)]
    items = [item for item in items if all(holds(seen(operation, item)) for holds in conditions)]
    fields = dict(told[-1].response) if told else {}
    if operation.items is None:
        return fields
    some, more = paging.page(operation, call.parameters, items)
    if operation.paging:
        fields.pop(operation.paging.next, None)
    return {**fields, operation.items: gathered(operation, some), **more}


def check_permission(catalogue: Catalogue, call: ApiCall) -> None:
    """Raise the refusal that the recording holds for a call."""
    refused = catalogue.refusal(call.account_region, call.operation, call.parameters)
    if refused is not None:
        raise refusal(call.operation.service, refused)


def _identity(catalogue: Catalogue, account_region: AccountRegion) -> dict[str, Any]:
    """Return who is calling; where it was not recorded, as AWS answers the account's root user."""
    recorded = catalogue.identities(account_region.account)
    if recorded:
        return dict(recorded[-1])
    return {
        "UserId": account_region.account,
        "Account": account_region.account,
        "Arn": f"arn:aws:iam::{account_region.account}:root",
    }


def _check_untold(
    catalogue: Catalogue, account_region: AccountRegion, operation: Operation, question: ApiQuestion
) -> None:
    """Raise what follows when no recorded answer tells; where nobody asked anything, lists are empty."""
    if not catalogue.knows(account_region):
        for name, value in {**question.subject, **question.parent}.items():
            if name.endswith(("Id", "Arn")):
                raise not_found(name, value)
        if operation.items is not None:
            return
    raise not_recorded(
        f"an answer to {operation.name}{f' about {question.subject}' if question.subject else ''} "
        f"in {account_region.account}/{account_region.region}"
    )


def _check_owners(catalogue: Catalogue, account_region: AccountRegion, question: ApiQuestion) -> None:
    """Raise the NotFound of a subject or parent that the recording shows not to exist."""
    for name, value in {**question.subject, **question.parent}.items():
        if name in _OWNERS:
            lister = models.operation(*_OWNERS[name])
            listed = catalogue.answers(account_region, *_OWNERS[name])
            if lister and listed and value not in {item.get(name) for item in merged(lister, listed)}:
                raise not_found(name, value)


def _chosen(
    operation: Operation, items: list[ResponseItem], field: str, wanted: list[str]
) -> list[ResponseItem]:
    """Return the items with certain ids; the first id that nothing has is refused."""
    present = {value for item in items for value in paths.values(seen(operation, item), (field,))}
    for value in wanted:
        if value not in present:
            raise not_found(field, value)
    return [item for item in items if set(paths.values(seen(operation, item), (field,))) & set(wanted)]


def _belongs(item: Mapping[str, Any], parameter: str) -> list[str]:
    return [value for name in (parameter, f"{parameter}s") for value in paths.values(item, (name,))]
