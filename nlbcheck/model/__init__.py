"""The values that every floor of nlbcheck speaks in: plain, frozen, and free of I/O."""

from nlbcheck.model.finding import (
    OF_THE_THING,
    SECTIONS,
    Code,
    Direction,
    Finding,
    Leg,
    Resource,
    position,
    same,
)
from nlbcheck.model.flow import Endpoint, Node, Port
from nlbcheck.model.json import Json
from nlbcheck.model.probe import Check, HostKey, HttpExpectation, ProbeResult, Status
from nlbcheck.model.remedy import Call, Remedy
from nlbcheck.model.report import (
    Client,
    Diagnosis,
    Gap,
    Hop,
    MappingReport,
    NodeReport,
    Path,
    Report,
    TargetReport,
)
from nlbcheck.model.verdict import Confidence, Verdict, worst

__all__ = [
    "OF_THE_THING",
    "SECTIONS",
    "Call",
    "Check",
    "Client",
    "Code",
    "Confidence",
    "Diagnosis",
    "Direction",
    "Endpoint",
    "Finding",
    "Gap",
    "Hop",
    "HostKey",
    "HttpExpectation",
    "Json",
    "Leg",
    "MappingReport",
    "Node",
    "NodeReport",
    "Path",
    "Port",
    "ProbeResult",
    "Remedy",
    "Report",
    "Resource",
    "Status",
    "TargetReport",
    "Verdict",
    "position",
    "same",
    "worst",
]
