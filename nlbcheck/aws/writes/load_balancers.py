"""What do calls on load balancers change?"""

from __future__ import annotations

from ipaddress import ip_network

from nlbcheck.aws.resources.load_balancer import BALANCER_ATTRIBUTES, LOAD_BALANCER
from nlbcheck.aws.resources.network_interface import INTERFACE
from nlbcheck.aws.resources.security_group import SECURITY_GROUP
from nlbcheck.aws.resources.subnet import SUBNET
from nlbcheck.aws.sources.port import RefusedError
from nlbcheck.aws.writes.edited import EditedState, Object, Parameters, digest, set_attributes

_NO_BALANCER = "LoadBalancerNotFound"


def modify_balancer_attributes(state: EditedState, parameters: Parameters) -> None:
    """Change attributes of a load balancer."""
    set_attributes(state, BALANCER_ATTRIBUTES, parameters["LoadBalancerArn"], _NO_BALANCER, parameters)


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
    key = f"eni-0{digest(balancer['LoadBalancerArn'] + address)}"
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
