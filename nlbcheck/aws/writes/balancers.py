"""What do calls on load balancers, listeners, target groups and targets change?"""

from __future__ import annotations

import hashlib
from ipaddress import ip_address, ip_network
from typing import Any

from nlbcheck.aws.collect import RefusedError
from nlbcheck.aws.kind import Kind
from nlbcheck.aws.resources.listener import LISTENER, RULES
from nlbcheck.aws.resources.load_balancer import BALANCER_ATTRIBUTES, LOAD_BALANCER
from nlbcheck.aws.resources.network_interface import INTERFACE
from nlbcheck.aws.resources.security_group import SECURITY_GROUP
from nlbcheck.aws.resources.subnet import SUBNET
from nlbcheck.aws.resources.target_group import GROUP_ATTRIBUTES, TARGET_GROUP, TARGETS
from nlbcheck.aws.writes.edited import EditedState, Object, Parameters, edit

_NO_BALANCER, _NO_LISTENER, _NO_GROUP = "LoadBalancerNotFound", "ListenerNotFound", "TargetGroupNotFound"


def create_listener(state: EditedState, parameters: Parameters) -> None:
    """Add a listener."""
    arn, port = parameters["LoadBalancerArn"], parameters["Port"]
    state.get(LOAD_BALANCER, arn, _NO_BALANCER)
    for other in state.objects(LISTENER):
        if (other["LoadBalancerArn"], other["Port"]) == (arn, port):
            raise RefusedError("DuplicateListener")
    listener = {
        "ListenerArn": arn.replace(":loadbalancer/", ":listener/") + "/" + _digest(f"{arn}:{port}"),
        "LoadBalancerArn": arn,
        "Port": port,
        "Protocol": parameters["Protocol"],
        "DefaultActions": _actions(parameters["DefaultActions"]),
    }
    state.put(LISTENER, listener)
    default = {"RuleArn": listener["ListenerArn"].replace(":listener/", ":listener-rule/") + "/default"}
    default |= {
        "Priority": "default",
        "Conditions": [],
        "Actions": listener["DefaultActions"],
        "IsDefault": True,
    }
    state.record(RULES, {"ListenerArn": listener["ListenerArn"]}, {"Rules": [default]})
    _use_groups(state, arn)


def modify_listener(state: EditedState, parameters: Parameters) -> None:
    """Change a listener's port, protocol or actions."""
    listener = state.get(LISTENER, parameters["ListenerArn"], _NO_LISTENER)
    listener |= {key: parameters[key] for key in ("Port", "Protocol") if key in parameters}
    if "DefaultActions" in parameters:
        listener["DefaultActions"] = _actions(parameters["DefaultActions"])
    state.put(LISTENER, listener)
    _use_groups(state, listener["LoadBalancerArn"])


def delete_listener(state: EditedState, parameters: Parameters) -> None:
    """Take a listener away."""
    listener = state.get(LISTENER, parameters["ListenerArn"], _NO_LISTENER)
    state.remove(LISTENER, parameters["ListenerArn"])
    _use_groups(state, listener["LoadBalancerArn"])


def _actions(actions: list[Object]) -> list[Object]:
    """Return actions as AWS shows them: with a ForwardConfig, and the group itself when there is one."""
    shown = []
    for action in actions:
        groups = action.get("ForwardConfig", {}).get("TargetGroups")
        groups = groups or [{"TargetGroupArn": action["TargetGroupArn"]}]
        weighted = [{"Weight": 1, **group} for group in groups]
        one = {"TargetGroupArn": groups[0]["TargetGroupArn"]} if len(groups) == 1 else {}
        shown.append({"Type": action["Type"], **one, "Order": 1, "ForwardConfig": {"TargetGroups": weighted}})
    return shown


def _use_groups(state: EditedState, balancer: str) -> None:
    """Note at each target group whether a load balancer uses it, and what that does to its targets."""
    used = {
        group["TargetGroupArn"]
        for listener in state.objects(LISTENER)
        if listener["LoadBalancerArn"] == balancer
        for action in listener["DefaultActions"]
        for group in action.get("ForwardConfig", {}).get("TargetGroups", [action])
        if "TargetGroupArn" in group
    }
    for group in list(state.objects(TARGET_GROUP)):
        key = group["TargetGroupArn"]
        if (key in used) == (balancer in group["LoadBalancerArns"]):
            continue
        state.put(TARGET_GROUP, {**group, "LoadBalancerArns": [balancer] if key in used else []})
        health = {"State": "initial", "Reason": "Elb.InitialHealthChecking"}
        idle = {"State": "unused", "Reason": "Target.NotInUse"}
        response = state.recorded(TARGETS, key)
        if response is None:
            continue
        for item in response["TargetHealthDescriptions"]:
            item["TargetHealth"] = health if key in used else idle
        state.respond(TARGETS, key, response)


def register_targets(state: EditedState, parameters: Parameters) -> None:
    """Register targets, as after the registration itself: ``initial`` until health checks have passed."""
    arn = parameters["TargetGroupArn"]
    group = state.get(TARGET_GROUP, arn, _NO_GROUP)
    response = state.response(TARGETS, arn, _NO_GROUP)
    for asked in parameters["Targets"]:
        port = asked.get("Port", group["Port"])
        zone = asked.get("AvailabilityZone") or _zone_of(state, group["VpcId"], asked["Id"])
        described = {
            "Target": {"Id": asked["Id"], "Port": port, **({"AvailabilityZone": zone} if zone else {})},
            "HealthCheckPort": str(port)
            if group["HealthCheckPort"] == "traffic-port"
            else group["HealthCheckPort"],
            "TargetHealth": {"State": "initial", "Reason": "Elb.InitialHealthChecking"},
        }
        others = [item for item in response["TargetHealthDescriptions"] if not _is(item, asked["Id"], port)]
        response["TargetHealthDescriptions"] = [*others, described]
    state.respond(TARGETS, arn, response)


def _zone_of(state: EditedState, vpc: str, target: str) -> str | None:
    """Return the zone that AWS finds by itself; an address outside the VPC has none."""
    if target.startswith("i-"):
        return None
    for subnet in state.objects(SUBNET):
        if subnet["VpcId"] == vpc and ip_address(target) in ip_network(subnet["CidrBlock"]):
            return str(subnet["AvailabilityZone"])
    raise RefusedError("ValidationError")


def deregister_targets(state: EditedState, parameters: Parameters) -> None:
    """Take targets out of a group, as after the deregistration delay."""
    arn = parameters["TargetGroupArn"]
    group = state.get(TARGET_GROUP, arn, _NO_GROUP)
    response = state.response(TARGETS, arn, _NO_GROUP)
    for asked in parameters["Targets"]:
        port = asked.get("Port", group["Port"])
        kept = [item for item in response["TargetHealthDescriptions"] if not _is(item, asked["Id"], port)]
        if len(kept) == len(response["TargetHealthDescriptions"]):
            raise RefusedError("InvalidTarget")
        response["TargetHealthDescriptions"] = kept
    state.respond(TARGETS, arn, response)


def _is(item: Object, target: str, port: int) -> bool:
    return bool(item["Target"]["Id"] == target and item["Target"].get("Port") == port)


def modify_target_group(state: EditedState, parameters: Parameters) -> None:
    """Change how a group's targets are checked."""
    changes = {key: value for key, value in parameters.items() if key != "TargetGroupArn"}
    edit(
        state, TARGET_GROUP, parameters["TargetGroupArn"], _NO_GROUP, lambda group: group.update(changes)
    )  # fmt: skip


def modify_group_attributes(state: EditedState, parameters: Parameters) -> None:
    """Change attributes of a target group."""
    _set_attributes(state, GROUP_ATTRIBUTES, parameters["TargetGroupArn"], _NO_GROUP, parameters)


def modify_balancer_attributes(state: EditedState, parameters: Parameters) -> None:
    """Change attributes of a load balancer."""
    _set_attributes(state, BALANCER_ATTRIBUTES, parameters["LoadBalancerArn"], _NO_BALANCER, parameters)


def _set_attributes(
    state: EditedState, kind: Kind[Any], key: str, error: str, parameters: Parameters
) -> None:
    response = state.response(kind, key, error)
    values = {item["Key"]: item["Value"] for item in response["Attributes"]}
    values |= {item["Key"]: item["Value"] for item in parameters["Attributes"]}
    attributes = [{"Key": name, "Value": value} for name, value in values.items()]
    state.respond(kind, key, {**response, "Attributes": attributes})


def set_security_groups(state: EditedState, parameters: Parameters) -> None:
    """Exchange a load balancer's security groups; one made without cannot get any."""
    groups = [state.get(SECURITY_GROUP, key, "InvalidSecurityGroup") for key in parameters["SecurityGroups"]]
    balancer = state.get(LOAD_BALANCER, parameters["LoadBalancerArn"], _NO_BALANCER)
    if not balancer.get("SecurityGroups") or not groups:
        raise RefusedError("InvalidConfigurationRequest")
    balancer["SecurityGroups"] = list(parameters["SecurityGroups"])
    state.put(LOAD_BALANCER, balancer)
    shown = [{key: group[key] for key in ("GroupId", "GroupName")} for group in groups]
    for interface in list(state.objects(INTERFACE)):
        if interface.get("Description") == f"ELB {_path(balancer)}":
            state.put(INTERFACE, {**interface, "Groups": shown})


def set_subnets(state: EditedState, parameters: Parameters) -> None:
    """Enable exactly these subnets; AWS chooses the address of a new node unless it is given."""
    balancer = state.get(LOAD_BALANCER, parameters["LoadBalancerArn"], _NO_BALANCER)
    mappings = parameters.get("SubnetMappings") or [{"SubnetId": key} for key in parameters["Subnets"]]
    before = {zone["SubnetId"]: zone for zone in balancer["AvailabilityZones"]}
    balancer["AvailabilityZones"] = [
        before.get(mapping["SubnetId"]) or _enable(state, balancer, mapping) for mapping in mappings
    ]
    state.put(LOAD_BALANCER, balancer)
    kept = {mapping["SubnetId"] for mapping in mappings}
    for interface in list(state.objects(INTERFACE)):
        if interface.get("Description") == f"ELB {_path(balancer)}" and interface["SubnetId"] not in kept:
            state.remove(INTERFACE, interface["NetworkInterfaceId"])


def _enable(state: EditedState, balancer: Object, mapping: Object) -> Object:
    subnet = state.get(SUBNET, mapping["SubnetId"], "SubnetNotFound")
    if subnet["VpcId"] != balancer["VpcId"]:
        raise RefusedError("InvalidSubnet")
    given = mapping.get("PrivateIPv4Address")
    address = given or _free_address(state, subnet)
    model = next(
        item for item in state.objects(INTERFACE) if item.get("Description") == f"ELB {_path(balancer)}"
    )
    fields = {"SubnetId": subnet["SubnetId"], "AvailabilityZone": subnet["AvailabilityZone"]}
    private = [{"Primary": True, "PrivateIpAddress": address}]
    key = f"eni-0{_digest(balancer['LoadBalancerArn'] + address)}"
    state.put(
        INTERFACE,
        {
            **model,
            **fields,
            "NetworkInterfaceId": key,
            "PrivateIpAddress": address,
            "PrivateIpAddresses": private,
        },
    )
    return {
        "ZoneName": subnet["AvailabilityZone"],
        "SubnetId": subnet["SubnetId"],
        "LoadBalancerAddresses": [{"PrivateIPv4Address": given}] if given else [],
    }


def _free_address(state: EditedState, subnet: Object) -> str:
    taken = {
        address["PrivateIpAddress"]
        for interface in state.objects(INTERFACE)
        if interface["SubnetId"] == subnet["SubnetId"]
        for address in interface["PrivateIpAddresses"]
    }
    # The first four addresses of a subnet and the last are AWS's own.
    hosts = list(ip_network(subnet["CidrBlock"]))[4:-1]
    free = next((str(host) for host in hosts if str(host) not in taken), None)
    if free is None:
        raise RefusedError("InvalidSubnet")
    return free


def _path(balancer: Object) -> str:
    return str(balancer["LoadBalancerArn"].partition(":loadbalancer/")[2])


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
