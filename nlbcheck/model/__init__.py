"""The values that every floor of nlbcheck speaks in: plain, frozen, and free of I/O."""

from nlbcheck.model.finding import (
    OF_CLIENT,
    OF_THE_THING,
    SECTIONS,
    Code,
    Direction,
    Finding,
    Leg,
    Resource,
    position,
)
from nlbcheck.model.flow import THIS_MACHINE, DeclaredTarget, Flow, Node, Port, Transport
from nlbcheck.model.gap import Gap
from nlbcheck.model.hops import Hop, Path, TargetsReached
from nlbcheck.model.json import Json
from nlbcheck.model.net import Address, Network, SocketAddress
from nlbcheck.model.observation import Check, HostKey, HttpExpectation, Observation, ProbeSpec, Status
from nlbcheck.model.remedy import Call, CallParameters, Remedy
from nlbcheck.model.report import (
    Client,
    RelayReport,
    Report,
    Result,
    RowReport,
    RowResults,
    TargetReport,
)
from nlbcheck.model.verdict import Confidence, FailOn, Verdict, ending, worst

__all__ = [
    "OF_CLIENT",
    "OF_THE_THING",
    "SECTIONS",
    "THIS_MACHINE",
    "Address",
    "Call",
    "CallParameters",
    "Check",
    "Client",
    "Code",
    "Confidence",
    "DeclaredTarget",
    "Direction",
    "FailOn",
    "Finding",
    "Flow",
    "Gap",
    "Hop",
    "HostKey",
    "HttpExpectation",
    "Json",
    "Leg",
    "Network",
    "Node",
    "Observation",
    "Path",
    "Port",
    "ProbeSpec",
    "RelayReport",
    "Remedy",
    "Report",
    "Resource",
    "Result",
    "RowReport",
    "RowResults",
    "SocketAddress",
    "Status",
    "TargetReport",
    "TargetsReached",
    "Transport",
    "Verdict",
    "ending",
    "position",
    "worst",
]
