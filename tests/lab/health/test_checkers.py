"""Do the nodes' own checks find what becomes of targets, and do nodes choose by it?"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from nlbcheck.aws.recording import Recording
from nlbcheck.lab.faults import FAULTS
from nlbcheck.lab.stage import Stage
from tests.lab.by_design import NODES as OTHER_NODES
from tests.lab.by_design import healthy as by_design
from tests.lab.stage import play, play_on
from tests.lab.talking import connect_all
from tests.scenarios.article import ROWS, SERVER_1, SERVER_2

PATIENCE = 10.0
HEALTHY = {"State": "healthy"}
FAILED = {
    "State": "unhealthy",
    "Reason": "Target.FailedHealthChecks",
    "Description": "Health checks failed",
}
NOT_USED = {
    "State": "unused",
    "Reason": "Target.NotInUse",
    "Description": "Target group is not configured to receive traffic from the load balancer",
}


def told(stage: Stage) -> dict[str, Any]:
    """Return the health of every row's target, as AWS's endpoint would tell it."""
    recording = stage.emulation.recording
    found = {}
    for answer in recording.answers:
        if answer.operation == "DescribeTargetHealth":
            arn = answer.parameters["TargetGroupArn"]
            for item in answer.response["TargetHealthDescriptions"]:
                seen = stage.checkers.observe(arn, item["Target"])
                found[f"{arn.split('/')[1]} {item['Target']['Id']}"] = seen or item["TargetHealth"]
    return found


def waited(stage: Stage, settled: Callable[[Mapping[str, Any]], bool]) -> dict[str, Any]:
    """Return the health of all targets as soon as it is as expected, or when patience ends."""
    deadline = time.monotonic() + PATIENCE
    while not settled(told(stage)) and time.monotonic() < deadline:
        time.sleep(0.02)  # the checkers' own interval is what is waited for
    return told(stage)


def injected(stage: Stage, name: str, settled: Callable[[Mapping[str, Any]], bool]) -> dict[str, Any]:
    """Return the health of all targets under a fault, and heal it."""
    stage.inject(FAULTS[name])
    found = waited(stage, settled)
    stage.heal()
    healed = waited(stage, lambda seen: all(item == HEALTHY for item in seen.values()))
    return {"broken": found, "healed": set(map(str, healed.values())) == {str(HEALTHY)}}


SILENCED = ("process-stopped", "firewall-drops", "target-sg", "listener-deleted", "health-port-closed")
FIRST = f"example-tg-10022 {SERVER_1}"


def healths(stage: Stage) -> dict[str, Any]:
    return {
        "healthy": told(stage),
        **{
            name: injected(stage, name, lambda seen: seen.get(FIRST) != HEALTHY)
            for name in (
                "process-stopped",
                "firewall-drops",
                "target-sg",
                "listener-deleted",
                "health-port-closed",
            )
        },
        "target-zone-not-enabled": injected(
            stage, "target-zone-not-enabled", lambda seen: seen.get(FIRST, {}).get("State") == "unused"
        ),
        "vpn-down": injected(stage, "vpn-down", lambda seen: FAILED in seen.values()),
        "preserved-outside": injected(stage, "preserved-outside", lambda _: True),
        "target-draining": injected(stage, "target-draining", lambda _: True),
    }


def test_health_follows_what_the_nodes_find_and_says_so_in_aws_words() -> None:
    seen = play(healths)
    every = {f"example-tg-{row[0]} {row[2]}": HEALTHY for row in ROWS}
    assert seen.pop("healthy") == every
    assert all(item["healed"] for item in seen.values())
    found = {name: item["broken"] for name, item in seen.items()}
    by_target_2 = f"example-tg-20022 {SERVER_2}"
    assert found == {
        "process-stopped": every | {FIRST: FAILED},
        "firewall-drops": every | {FIRST: FAILED},
        "target-sg": every | {FIRST: FAILED, by_target_2: found["target-sg"][by_target_2]},
        "listener-deleted": every | {FIRST: NOT_USED},
        "health-port-closed": every | {FIRST: FAILED},
        "target-zone-not-enabled": every
        | {
            FIRST: NOT_USED
            | {"Description": "Target is in an Availability Zone that is not enabled for the load balancer"}
        },
        "vpn-down": every | {"example-tg-30080 10.0.0.10": FAILED},
        "preserved-outside": every,  # the trap: clients time out while health stays green
        "target-draining": every
        | {
            FIRST: {
                "State": "draining",
                "Reason": "Target.DeregistrationInProgress",
                "Description": "Target deregistration is in progress",
            }
        },
    }


def two_targets() -> Recording:
    return by_design(by_transit=False, balancer_has_group=False).cloud.recording()


def choices(stage: Stage) -> dict[str, Any]:
    """Stop one of listener 1005's two targets, then both; return how 20 connections end."""
    emulation = stage.emulation
    node, many = OTHER_NODES["b1"], 20
    seen = {"both": sorted(set(connect_all(emulation.lab, *[(node, 1005)] * many)))}
    for name, host in (("one", "10.2.3.10"), ("none", "10.2.4.10")):
        emulation.lab.stop(host, 80)
        wanted = {"one": 1, "none": 2}[name]
        waited(stage, lambda found, wanted=wanted: list(found.values()).count(FAILED) >= wanted)  # type: ignore[misc]
        deadline = time.monotonic() + PATIENCE
        outcomes = connect_all(emulation.lab, *[(node, 1005)] * many)
        while len(set(outcomes)) > 1 and time.monotonic() < deadline:
            outcomes = connect_all(emulation.lab, *[(node, 1005)] * many)
        seen[name] = sorted(set(outcomes))
    return seen


def test_nodes_prefer_healthy_targets_and_use_all_when_none_is() -> None:
    assert play_on(two_targets, choices) == {"both": ["ok"], "one": ["ok"], "none": ["refused"]}
