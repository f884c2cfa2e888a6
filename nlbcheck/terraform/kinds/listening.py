"""Listeners."""

from __future__ import annotations

from nlbcheck.aws.fields import AfterApply
from nlbcheck.aws.resources.listener import LISTENER, RULES
from nlbcheck.aws.sources.port import RefusedError
from nlbcheck.aws.writes.edited import Object
from nlbcheck.aws.writes.listeners import use_groups
from nlbcheck.terraform.change import Attributes, ResourceChange
from nlbcheck.terraform.kinds.kind import ResourceKind
from nlbcheck.terraform.overlay import Overlay
from nlbcheck.terraform.values import block, blocks, given


def _actions(values: Attributes) -> list[Object] | AfterApply:
    found = blocks(values, "default_action")
    return found if isinstance(found, AfterApply) else [_action(item) for item in found]


def _action(values: Object) -> Object:
    forward = block(values, "forward")
    groups = blocks(forward, "target_group") if forward else []
    single = given(values, "target_group_arn")
    if isinstance(groups, AfterApply) or (not groups and isinstance(single, AfterApply)):
        later = groups if isinstance(groups, AfterApply) else single
        return {"Type": given(values, "type"), "ForwardConfig": {"TargetGroups": later}}
    shown = [_weighted(item) for item in groups] or (
        [{"TargetGroupArn": single, "Weight": 1}] if single else []
    )
    one = {"TargetGroupArn": shown[0]["TargetGroupArn"]} if len(shown) == 1 else {}
    return {"Type": given(values, "type"), **one, "Order": 1, "ForwardConfig": {"TargetGroups": shown}}


def _weighted(values: Object) -> Object:
    weight = given(values, "weight")
    return {"TargetGroupArn": values.get("arn"), "Weight": 1 if weight is None else weight}


def _put_listener(overlay: Overlay, change: ResourceChange) -> None:
    after = change.after or {}
    arn, balancer = after.get("arn"), after.get("load_balancer_arn")
    if isinstance(balancer, AfterApply):
        overlay.hide_lists(LISTENER, "LoadBalancerArn", balancer)
        return
    known = None if change.is_new else overlay.find(LISTENER, arn)
    if not change.is_new and known is None:
        return
    if not overlay.alone and _taken(overlay, balancer, arn, after.get("port")):
        raise RefusedError("the load balancer has a listener on that port already")
    secured = block(after, "mutual_authentication")
    listener: Object = {
        **(known or {}), "ListenerArn": arn, "LoadBalancerArn": balancer, "Port": after.get("port"),
        "Protocol": given(after, "protocol"), "DefaultActions": _actions(after),
        **({"MutualAuthentication": {"Mode": secured.get("mode")}} if secured else {}),
    }  # fmt: skip
    overlay.put(LISTENER, listener)
    default = {
        "IsDefault": True,
        "Priority": "default",
        "Conditions": [],
        "Actions": listener["DefaultActions"],
    }
    rules = {"Rules": [{"RuleArn": f"{arn}/default", **default}]}
    if change.is_new:
        overlay.record(RULES, {"ListenerArn": arn}, rules)
    _used(overlay, balancer)


def _used(overlay: Overlay, balancer: object) -> None:
    if all(isinstance(listener["DefaultActions"], list) for listener in overlay.objects(LISTENER)):
        use_groups(overlay, str(balancer))


def _taken(overlay: Overlay, balancer: object, arn: object, port: object) -> bool:
    return any(
        (other["LoadBalancerArn"], other["Port"]) == (balancer, port) and other["ListenerArn"] != arn
        for other in overlay.objects(LISTENER)
    )


def _remove_listener(overlay: Overlay, values: Attributes) -> None:
    listener = overlay.find(LISTENER, values.get("arn"))
    overlay.remove(LISTENER, str(values.get("arn")))
    if listener:
        _used(overlay, listener["LoadBalancerArn"])


_LISTENER = ResourceKind(_put_listener, _remove_listener, is_part=True, needs=("arn",))
KINDS = {"aws_lb_listener": _LISTENER, "aws_alb_listener": _LISTENER}
