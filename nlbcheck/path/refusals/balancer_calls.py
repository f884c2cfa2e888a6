"""Which changes of load balancers, listeners and target groups does AWS refuse as things stand?

Some calls here it would take, and they would do harm: they take a healthy server out of service, or a zone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from ipaddress import ip_address

from nlbcheck.aws.resources.instance import Instance, InstanceState
from nlbcheck.aws.resources.internet_gateway import routable
from nlbcheck.aws.resources.listener import FORWARDS_TO, LISTENER, Listener
from nlbcheck.aws.resources.load_balancer import BalancerState, LoadBalancer
from nlbcheck.aws.resources.subnet import Subnet
from nlbcheck.aws.resources.target_group import QUIC, HealthState, Target, TargetGroup, TargetType
from nlbcheck.aws.resources.vpc import Vpc
from nlbcheck.aws.state import AwsState
from nlbcheck.language import tell
from nlbcheck.model import CallParameters, Json
from nlbcheck.model.facts import Absent
from nlbcheck.model.net import Address

_LISTENERS = 50
_WORKING = (BalancerState.ACTIVE, BalancerState.ACTIVE_IMPAIRED, None)
_SERVING = (HealthState.HEALTHY, HealthState.INITIAL, HealthState.DRAINING, HealthState.UNHEALTHY_DRAINING)
"""Targets that get connections, or soon will, or leave by themselves."""
_STICKY = "stickiness.enabled"


def register_targets(state: AwsState, parameters: CallParameters) -> str | None:
    """Refuse targets of another type than the group's, without a needed zone, or that do not run.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetDescription.html,
    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RegisterTargets.html
    """
    group = state.target_group(str(parameters["TargetGroupArn"]))
    if not isinstance(group, TargetGroup):
        return None
    for target in _maps(parameters["Targets"]):
        refused = _identifier(state, group, target) or _server_id(group, target)
        if refused:
            return refused
    return None


def _identifier(state: AwsState, group: TargetGroup, target: CallParameters) -> str | None:
    key = str(target["Id"])
    fits = {
        TargetType.IP: _as_address(key) is not None,
        TargetType.INSTANCE: key.startswith("i-"),
        TargetType.ALB: key.startswith("arn:"),
    }
    if group.type is not None and not fits.get(group.type, False):
        return tell(
            "{group} takes targets of type {type}, which {target} is not",
            group=group.name,
            type=group.type,
            target=key,
        )
    if group.type in (TargetType.INSTANCE, TargetType.ALB) and "AvailabilityZone" in target:
        return tell("targets of type {type} take no Availability Zone", type=group.type)
    if group.type is TargetType.INSTANCE:
        return _not_running(state, key)
    return _address(state, group, target) if group.type is TargetType.IP else None


def _not_running(state: AwsState, key: str) -> str | None:
    found = state.instance(key)
    if isinstance(found, Instance) and found.state not in (InstanceState.RUNNING, None):
        return tell(
            "{target} is {state}, and only running instances can be registered",
            target=key,
            state=found.state,
        )
    return None


def _address(state: AwsState, group: TargetGroup, target: CallParameters) -> str | None:
    """Refuse public addresses, and what lies in no subnet of the VPC where no zone is given.

    In the field the subnets count, not the VPC's ranges:
    https://github.com/kubernetes-sigs/aws-load-balancer-controller/issues/3714.
    """
    address, vpc = _as_address(str(target["Id"])), state.vpc(group.vpc_id) if group.vpc_id else None
    if address is None or not isinstance(vpc, Vpc):
        return None
    subnet = state.subnet_at(vpc, address)
    if not isinstance(subnet, Absent):
        return None
    if address.version == 4 and routable(address):
        return tell("{address} is a public address", address=address)
    if "AvailabilityZone" in target:
        return None
    return tell(
        "{address} is in no subnet of {vpc} and needs an Availability Zone", address=address, vpc=vpc.id
    )


def _server_id(group: TargetGroup, target: CallParameters) -> str | None:
    given = "QuicServerId" in target
    if group.protocol in QUIC and not given:
        return tell(
            "targets of {group} ({protocol}) need a QUIC server ID",
            group=group.name,
            protocol=group.protocol,
        )
    if given and group.protocol not in QUIC:
        return tell("{group} takes no QUIC server ID", group=group.name)
    return None


def deregister_targets(state: AwsState, parameters: CallParameters) -> str | None:
    """Refuse what matches no target, for then AWS does nothing, and whoever serves, or comes, or leaves.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DeregisterTargets.html
    """
    group = state.target_group(str(parameters["TargetGroupArn"]))
    targets = state.targets(group) if isinstance(group, TargetGroup) else ()
    if not isinstance(targets, tuple) or not isinstance(group, TargetGroup):
        return None
    for asked in _maps(parameters["Targets"]):
        name = f"{asked['Id']}:{asked.get('Port', group.port)}"
        found = [item for item in targets if _is(item, asked, group)]
        if not found:
            return tell("{target} is not registered in {group} in this way", target=name, group=group.name)
        serving = [item.state.value for item in found if item.state in _SERVING]
        if serving:
            return tell("{resource} is {state}", resource=name, state=serving[0])
    return None


def _is(target: Target, asked: CallParameters, group: TargetGroup) -> bool:
    """Whether a call means a target; an address outside the VPC is registered for a zone."""
    same = (target.id, target.port) == (asked["Id"], asked.get("Port", group.port))
    return same and asked.get("AvailabilityZone", target.zone) == target.zone


def create_listener(state: AwsState, parameters: CallParameters) -> str | None:
    """Refuse a second listener of a port, one too many, and what ``_action`` and ``_certificate`` refuse.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateListener.html
    """
    balancer = state.load_balancer(str(parameters["LoadBalancerArn"]))
    if not isinstance(balancer, LoadBalancer):
        return None
    if balancer.state not in _WORKING:
        return tell("{resource} is {state}", resource=balancer.name, state=balancer.state)
    listeners = state.listeners(balancer)
    ports = [item.port for item in listeners] if isinstance(listeners, tuple) else []
    if parameters["Port"] in ports:
        return tell(
            "{balancer} already has a listener on port {port}",
            balancer=balancer.name,
            port=parameters["Port"],
        )
    if len(ports) >= _LISTENERS:
        return tell(
            "{balancer} has {count} listeners, which is the maximum", balancer=balancer.name, count=len(ports)
        )
    protocol = str(parameters["Protocol"])
    return _certificate(protocol, parameters) or _action(state, protocol, balancer.arn, parameters)


def modify_listener(state: AwsState, parameters: CallParameters) -> str | None:
    """Refuse what ``_action`` and ``_certificate`` refuse of the listener as it would be.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyListener.html
    """
    found = state.by_id(LISTENER, str(parameters["ListenerArn"]))
    if not isinstance(found, Listener):
        return None
    present = found.protocol.value if found.protocol else ""
    protocol = str(parameters.get("Protocol", present))
    kept = [{"TargetGroupArn": item.arn} for item in found.groups]
    action: Json = [{"ForwardConfig": {"TargetGroups": kept}}]
    changed = {"DefaultActions": action, **parameters}
    refused = None if protocol == present else _certificate(protocol, parameters)
    return refused or _action(state, protocol, _balancer_of(found.arn), changed)


def _balancer_of(listener_arn: str) -> str:
    return listener_arn.replace(":listener/", ":loadbalancer/", 1).rpartition("/")[0]


def _certificate(protocol: str, parameters: CallParameters) -> str | None:
    """Refuse TLS without a certificate.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/network/listener-update-rules.html
    """
    given = "Certificates" in parameters
    return tell("a TLS listener needs a certificate") if protocol == "TLS" and not given else None


def _action(state: AwsState, protocol: str, balancer_arn: str, parameters: CallParameters) -> str | None:
    """Refuse groups of a protocol that does not fit, of another load balancer, and stickiness half on.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-target-groups.html,
    https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-listeners.html
    """
    for action in _maps(parameters["DefaultActions"]):
        config = action.get("ForwardConfig")
        forward = config if isinstance(config, Mapping) else {}
        tuples = list(_maps(forward.get("TargetGroups", ()))) or [action]
        groups = [state.target_group(str(item["TargetGroupArn"])) for item in tuples]
        known = [item for item in groups if isinstance(item, TargetGroup)]
        for group in known:
            refused = _fit(group, protocol, balancer_arn)
            if refused:
                return refused
        if len(groups) > 1 and "TargetGroupStickinessConfig" not in forward:
            sticky = [group.name for group in known if _is_sticky(state, group)]
            if sticky:
                return tell("stickiness is on for {group}, but not for the listener action", group=sticky[0])
    return None


def _fit(group: TargetGroup, protocol: str, balancer_arn: str) -> str | None:
    if group.protocol and group.protocol not in FORWARDS_TO.get(protocol, (group.protocol,)):
        return tell(
            "a {protocol} listener cannot forward to {group}, whose protocol is {wanted}",
            protocol=protocol,
            group=group.name,
            wanted=group.protocol,
        )
    if any(arn != balancer_arn for arn in group.balancer_arns or ()):
        return tell("{group} belongs to another load balancer", group=group.name)
    return None


def _is_sticky(state: AwsState, group: TargetGroup) -> bool:
    attributes = state.group_attributes(group)
    return getattr(attributes, "values", {}).get(_STICKY) == "true"


def modify_group_attributes(state: AwsState, parameters: CallParameters) -> str | None:
    """Refuse to switch client IP preservation off where it cannot be.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html
    """
    group = state.target_group(str(parameters["TargetGroupArn"]))
    asked = [(item["Key"], item["Value"]) for item in _maps(parameters["Attributes"])]
    fixed = isinstance(group, TargetGroup) and group.protocol in ("UDP", "TCP_UDP", *QUIC)
    if fixed and ("preserve_client_ip.enabled", "false") in asked:
        return tell("client IP preservation cannot be turned off for this protocol")
    return None


def set_subnets(state: AwsState, parameters: CallParameters) -> str | None:
    """Refuse subnets of other VPCs, two of a zone, and a list without one that is enabled.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_SetSubnets.html
    """
    balancer = state.load_balancer(str(parameters["LoadBalancerArn"]))
    if not isinstance(balancer, LoadBalancer):
        return None
    if balancer.state not in _WORKING:
        return tell("{resource} is {state}", resource=balancer.name, state=balancer.state)
    asked = [str(item["SubnetId"]) for item in _maps(parameters["SubnetMappings"])]
    left_out = [zone.subnet_id for zone in balancer.zones if zone.subnet_id not in asked]
    if left_out:
        return tell(
            "the call would remove {subnet} from {balancer}", subnet=left_out[0], balancer=balancer.name
        )
    found = [item for key in asked if isinstance(item := state.subnet(key), Subnet)]
    if any(item.vpc_id != balancer.vpc_id for item in found):
        return tell("{balancer} takes subnets of {vpc} only", balancer=balancer.name, vpc=balancer.vpc_id)
    zones = [item.zone for item in found]
    if len(set(zones)) < len(zones):
        return tell("a load balancer has at most one subnet in an Availability Zone")
    return None


def _as_address(text: str) -> Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def _maps(value: Json) -> Iterable[Mapping[str, Json]]:
    """Return the structures of a list."""
    items = value if isinstance(value, Sequence) and not isinstance(value, str) else ()
    return [item for item in items if isinstance(item, Mapping)]
