"""What would AWS answer about a network that was put together like this?

A ``Cloud`` is filled with the verbs of the AWS console and then recorded: one unrestricted answer for every
call that nlbcheck makes. Ids follow from names, so that they are the same in every run.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from nlbcheck import __version__
from nlbcheck.aws.recording import AnsweredCall, Recording
from tests.scenarios.cloud.account import ENDPOINT_LISTS, LISTS
from tests.scenarios.cloud.balancers import Balancers
from tests.scenarios.cloud.endpoints import Endpoints
from tests.scenarios.cloud.gateways import Gateways
from tests.scenarios.cloud.names import Object, digest, made_id
from tests.scenarios.cloud.rules import ANYWHERE, acl_entry, permission
from tests.scenarios.cloud.transit import TransitGateways
from tests.scenarios.cloud.vpcs import Vpcs

__all__ = ["ANYWHERE", "Cloud", "Object", "acl_entry", "made_id", "permission"]


class Cloud(Vpcs, Gateways, TransitGateways, Balancers, Endpoints):
    """One account in one Region, to be filled and recorded."""

    def recording(self, taken_at: datetime = datetime(2026, 11, 20, 3, 4, 5, tzinfo=UTC)) -> Recording:
        """Return AWS's answers about all this."""
        identity = {
            "UserId": "AIDACKCEVSQ6C2EXAMPLE",
            "Account": self.account,
            "Arn": f"arn:aws:iam::{self.account}:user/operator",
        }
        answers = [self._answer("sts", "GetCallerIdentity", {}, identity)]
        for operation, items in self.objects.items():
            answers.append(self._answer("ec2", operation, {}, {LISTS[operation]: items}))
        if any(self.endpoints.values()):
            answers += [
                self._answer("ec2", operation, {}, {ENDPOINT_LISTS[operation]: items})
                for operation, items in self.endpoints.items()
            ]
        answers += self._routing_answers()
        answers += self._balancer_answers()
        return Recording(taken_at, __version__, tuple(answers))

    def _routing_answers(self) -> Iterable[AnsweredCall]:
        for table, routes in self.transit_routes.items():
            usable = {"Name": "state", "Values": ["active", "blackhole"]}
            yield self._answer(
                "ec2",
                "SearchTransitGatewayRoutes",
                {"TransitGatewayRouteTableId": table, "Filters": [usable]},
                {"Routes": routes, "AdditionalRoutesAvailable": False},
            )
        if self.objects["DescribeInternetGateways"]:
            yield from self._public_access_answers()
        for prefix_list, cidrs in self.prefix_lists.items():
            yield self._answer(
                "ec2",
                "GetManagedPrefixListEntries",
                {"PrefixListId": prefix_list},
                {"Entries": [{"Cidr": cidr} for cidr in cidrs]},
            )

    def _public_access_answers(self) -> Iterable[AnsweredCall]:
        options = {
            "AwsAccountId": self.account,
            "AwsRegion": self.region,
            "State": "update-complete",
            "InternetGatewayBlockMode": self.block_mode,
            "ManagedBy": "account",
            "ExclusionsAllowed": "allowed",
        }
        operation = "DescribeVpcBlockPublicAccess"
        yield self._answer("ec2", f"{operation}Options", {}, {"VpcBlockPublicAccessOptions": options})
        excluded = {"VpcBlockPublicAccessExclusions": self.exclusions}
        yield self._answer("ec2", f"{operation}Exclusions", {}, excluded)

    def _balancer_answers(self) -> Iterable[AnsweredCall]:
        def elb(operation: str, parameters: Object, **response: Any) -> AnsweredCall:
            return self._answer("elbv2", operation, parameters, response)

        def attributes(arn: str) -> list[Object]:
            return [{"Key": key, "Value": value} for key, value in self.attributes[arn].items()]

        yield elb("DescribeLoadBalancers", {}, LoadBalancers=self.balancers)
        yield elb("DescribeTargetGroups", {}, TargetGroups=self.groups)
        for arn, listeners in self.listeners.items():
            which = {"LoadBalancerArn": arn}
            yield elb("DescribeLoadBalancerAttributes", which, Attributes=attributes(arn))
            yield elb("DescribeListeners", which, Listeners=listeners)
            for listener in listeners:
                yield elb(
                    "DescribeRules", {"ListenerArn": listener["ListenerArn"]}, Rules=[_default(listener)]
                )
        for arn, targets in self.targets.items():
            which = {"TargetGroupArn": arn}
            yield elb("DescribeTargetGroupAttributes", which, Attributes=attributes(arn))
            yield elb("DescribeTargetHealth", which, TargetHealthDescriptions=targets)

    def _answer(self, service: str, operation: str, parameters: Object, response: Object) -> AnsweredCall:
        return AnsweredCall(self.account, self.region, service, operation, parameters, response)


def _default(listener: Object) -> Object:
    return {
        "RuleArn": listener["ListenerArn"].replace(":listener/", ":listener-rule/")
        + "/"
        + digest("rule", 16),
        "Priority": "default",
        "Conditions": [],
        "Actions": listener["DefaultActions"],
        "IsDefault": True,
    }
