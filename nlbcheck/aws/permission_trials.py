"""Which calls does AWS refuse, besides those that it has refused already?

A refused call hides what is to be asked next. So that one run tells all permissions that are missing, the
calls that may follow are tried, without reading anything: EC2's with ``DryRun``, which answers
``DryRunOperation`` where the permission is there
(https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcs.html), Elastic Load Balancing's about
resources that nobody has, for AWS looks at permissions first, and they are for all resources alike
(https://docs.aws.amazon.com/service-authorization/latest/reference/list_awselasticloadbalancingv2.html).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from nlbcheck.aws.kind import Kind
from nlbcheck.aws.known_calls import kinds
from nlbcheck.aws.misses import ReadCall
from nlbcheck.aws.recording import AnsweredCall, Recording, RefusedCall
from nlbcheck.model.facts import DENIED, AccountRegion

_NUMBER = "0" * 17
_EC2_IDS = {"PrefixListId": f"pl-{_NUMBER}", "TransitGatewayRouteTableId": f"tgw-rtb-{_NUMBER}"}
_ARNS = {
    "LoadBalancerArn": "loadbalancer/net/nobody/0000000000000000",
    "ListenerArn": "listener/net/nobody/0000000000000000/0000000000000000",
    "TargetGroupArn": "targetgroup/nobody/0000000000000000",
}


def trials(recording: Recording, sources: Sequence[AccountRegion]) -> Iterator[ReadCall]:
    """Yield the calls to try in each of ``sources``: all that were not made there, where one was denied."""
    items: tuple[AnsweredCall | RefusedCall, ...] = (*recording.answers, *recording.gaps)
    made = {(AccountRegion(item.account, item.region), item.operation) for item in items}
    denied = {
        (AccountRegion(gap.account, gap.region), gap.operation)
        for gap in recording.gaps
        if gap.error in DENIED
    }
    hiding = {kind.operation for kind in kinds() if kind.leads_on}
    for place in sources:
        if any(where == place and operation in hiding for where, operation in denied):
            for kind in kinds():
                known = (place, kind.operation) in made
                if not known and (kind.service == "ec2" or place == sources[0]):
                    yield from _trial(kind, place)


def _trial(kind: Kind[Any], place: AccountRegion) -> Iterator[ReadCall]:
    """Yield the call that tries whether a kind may be asked for, where there is a way to do that."""
    if kind.service == "ec2":
        subjects = {name: _EC2_IDS[name] for name in kind.selects if not kind.items and name in _EC2_IDS}
        parameters = {**kind.always, **subjects, "DryRun": True}
        yield ReadCall(place, kind.service, kind.operation, parameters)
    elif kind.service == "elbv2":
        yield ReadCall(place, kind.service, kind.operation, dict([_of_nobody(kind, place)]))


_PARTITIONS = {"cn": "aws-cn", "us-gov": "aws-us-gov", "us-iso": "aws-iso", "us-isob": "aws-iso-b"}
"""By the beginning of a Region's name; all others are in ``aws``.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
"""


def _of_nobody(kind: Kind[Any], place: AccountRegion) -> tuple[str, Any]:
    """Return the parameter by which a call asks for a resource that does not exist."""
    partition = _PARTITIONS.get(place.region.rsplit("-", 2)[0], "aws")
    start = f"arn:{partition}:elasticloadbalancing:{place.region}:{place.account}:"
    name = next(name for name in kind.selects if name.removesuffix("s") in _ARNS)
    arn = start + _ARNS[name.removesuffix("s")]
    return name, [arn] if name.endswith("s") else arn
