"""What do calls on listeners change?"""

from __future__ import annotations

from nlbcheck.aws.resources.listener import LISTENER, RULES
from nlbcheck.aws.resources.load_balancer import LOAD_BALANCER
from nlbcheck.aws.resources.target_group import TARGET_GROUP, TARGETS
from nlbcheck.aws.sources.port import RefusedError
from nlbcheck.aws.writes.edited import EditedState, Object, Parameters, digest

_NO_BALANCER = "LoadBalancerNotFound"
_NO_LISTENER = "ListenerNotFound"


def create_listener(state: EditedState, parameters: Parameters) -> None:
    """Add a listener."""
    arn, port = parameters["LoadBalancerArn"], parameters["Port"]
    state.get(LOAD_BALANCER, arn, _NO_BALANCER)
    for other in state.objects(LISTENER):
        if (other["LoadBalancerArn"], other["Port"]) == (arn, port):
            raise RefusedError("DuplicateListener")
    listener = {
        "ListenerArn": arn.replace(":loadbalancer/", ":listener/") + "/" + digest(f"{arn}:{port}"),
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
    use_groups(state, arn)


def modify_listener(state: EditedState, parameters: Parameters) -> None:
    """Change a listener's port, protocol or actions."""
    listener = state.get(LISTENER, parameters["ListenerArn"], _NO_LISTENER)
    listener |= {key: parameters[key] for key in ("Port", "Protocol") if key in parameters}
    if "DefaultActions" in parameters:
        listener["DefaultActions"] = _actions(parameters["DefaultActions"])
    state.put(LISTENER, listener)
    use_groups(state, listener["LoadBalancerArn"])


def delete_listener(state: EditedState, parameters: Parameters) -> None:
    """Take a listener away."""
    listener = state.get(LISTENER, parameters["ListenerArn"], _NO_LISTENER)
    state.remove(LISTENER, parameters["ListenerArn"])
    use_groups(state, listener["LoadBalancerArn"])


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


def use_groups(state: EditedState, balancer: str) -> None:
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
