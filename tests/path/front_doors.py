"""Networks in which a target hands connections on, or clients come through an interface endpoint."""

from __future__ import annotations

import json
from dataclasses import replace

from nlbcheck.aws.recording import Recording, document, parse
from tests.scenarios.article import article
from tests.scenarios.cloud import Cloud, Object, made_id, permission

THEIR_ACCOUNT = "999999999999"

OUTER, INNER = "172.31.128.10", "172.31.129.40"
POD = "172.31.129.50"
CONSUMER, ENDPOINT = "10.90.1.20", "10.90.1.70"


def chained(*, preserve: bool = False, groups: bool = True) -> Cloud:
    """Return the article's network with listener 443 before another load balancer's node."""
    cloud = article()
    vpc = made_id("vpc", "vpc-2")
    subnet = made_id("subnet", "target-1a")
    nodes = [permission("tcp", "172.31.128.10/32", "172.31.136.10/32", port=443)]
    front = [cloud.security_group("inner", vpc, nodes)] if groups else []
    inner = cloud.load_balancer("inner-nlb", {subnet: INNER}, front)
    pods = cloud.security_group("pods", vpc, [permission("tcp", f"{INNER}/32", port=8443)])
    cloud.instance("pod", subnet, POD, pods)
    behind = cloud.target_group("pods", vpc, 8443)
    cloud.register(behind, POD, 8443, "a")
    cloud.listener(inner, 443, behind)
    outer = cloud.target_group("to-inner", vpc, 443)
    cloud.attributes[outer]["preserve_client_ip.enabled"] = str(preserve).lower()
    cloud.register(outer, INNER, 443, "a")
    cloud.listener(cloud.balancers[0]["LoadBalancerArn"], 443, outer)
    return cloud


def looping() -> Cloud:
    """Return two load balancers that have each other's node as their target."""
    cloud = chained(groups=False)
    group = next(arn for arn in cloud.targets if "/pods/" in arn)
    cloud.targets[group].clear()
    cloud.register(group, OUTER, 443, "a")
    return cloud


def itself() -> Cloud:
    """Return a load balancer whose target is its own node, on the same port."""
    cloud = chained()
    group = next(arn for arn in cloud.targets if "/to-inner/" in arn)
    cloud.targets[group].clear()
    cloud.register(group, OUTER, 443, "a")
    return cloud


def by_alb_address() -> Cloud:
    """Return the article's network with an Application Load Balancer's address as a target of type ip."""
    cloud = article()
    vpc, subnet = made_id("vpc", "vpc-2"), made_id("subnet", "target-1a")
    web = cloud.security_group("web", vpc, [permission("tcp", "172.31.0.0/16", port=443)])
    inner = cloud.load_balancer("web", {subnet: INNER}, [web], kind="application")
    cloud.listener(inner, 443, protocol="HTTPS")
    group = cloud.target_group("web", vpc, 443)
    cloud.register(group, INNER, 443, "a")
    cloud.listener(cloud.balancers[0]["LoadBalancerArn"], 443, group)
    return cloud


def consumed(*, state: str = "available", enforce: str | None = "on") -> Cloud:
    """Return the article's network with a consumer's VPC that has an endpoint for the load balancer."""
    cloud = article()
    provider = made_id("vpc", "vpc-2")
    balancer = cloud.balancers[0]
    front = cloud.security_group("front", provider, [permission("tcp", "10.90.0.0/16", port=10022)])
    balancer["SecurityGroups"] = [front]
    for item in cloud.objects["DescribeNetworkInterfaces"]:
        if "net/example-nlb" in item["Description"]:
            item["Groups"] = [{"GroupId": front, "GroupName": "front"}]
    if enforce:
        balancer["EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"] = enforce
    vpc = cloud.vpc("consumer", "10.90.0.0/16")
    subnet = cloud.subnet("consumer-1a", vpc, "10.90.1.0/24", "a")
    client = cloud.security_group("consumer", vpc)
    door = cloud.security_group("door", vpc, [permission("tcp", "10.90.0.0/16", port=10022)])
    cloud.instance("consumer", subnet, CONSUMER, client)
    service = cloud.endpoint_service("offer", balancer["LoadBalancerArn"])
    endpoint = cloud.interface_endpoint("door", service, {subnet: ENDPOINT}, [door], state=state)
    cloud.endpoint_connection(service, endpoint, state=state)
    return cloud


def endpoint_as_target(*, preserve: bool = False) -> Cloud:
    """Return a load balancer whose target is an endpoint's interface, with a service behind it."""
    cloud = chained(groups=False)
    vpc, subnet = made_id("vpc", "vpc-2"), made_id("subnet", "target-1a")
    inner = next(item for item in cloud.balancers if item["LoadBalancerName"] == "inner-nlb")
    service = cloud.endpoint_service("offer", inner["LoadBalancerArn"])
    nodes = [permission("tcp", "172.31.128.10/32", "172.31.136.10/32", port=443)]
    door = cloud.security_group("door", vpc, nodes)
    cloud.interface_endpoint("door", service, {subnet: "172.31.129.70"}, [door])
    group = next(arn for arn in cloud.targets if "/to-inner/" in arn)
    cloud.attributes[group]["preserve_client_ip.enabled"] = str(preserve).lower()
    cloud.targets[group].clear()
    cloud.register(group, "172.31.129.70", 443, "a")
    return cloud


def apart() -> tuple[Recording, Recording]:
    """Return what the provider's account answers of such a network, and what the consumer's does."""
    whole = consumed().recording()
    theirs = made_id("vpc", "consumer")
    sides: list[Recording] = []
    for own in (False, True):
        answers = []
        for answer in whole.answers:
            if own and answer.parameters:
                continue
            response = {
                key: [item for item in value if _is_theirs(answer.operation, item, theirs) is own]
                if isinstance(value, list)
                else value
                for key, value in answer.response.items()
            }
            answers.append(answer if answer.parameters else replace(answer, response=response))
        sides.append(replace(whole, answers=tuple(answers)))
    text = json.dumps(document(sides[1])).replace(whole.answers[0].account, THEIR_ACCOUNT)
    return sides[0], parse(json.loads(text), "their account")


def _is_theirs(operation: str, item: Object, vpc: str) -> bool:
    return operation == "DescribeVpcEndpoints" or vpc in str(item)
