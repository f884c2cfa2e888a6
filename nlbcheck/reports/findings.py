"""What was found, seen on the wire and walked, as a report's document says it?"""

from __future__ import annotations

from nlbcheck.model import (
    Call,
    Check,
    Code,
    Confidence,
    Direction,
    Finding,
    Hop,
    Leg,
    Observation,
    Path,
    Remedy,
    Resource,
    Status,
    Verdict,
)
from nlbcheck.model.arguments import unfit
from nlbcheck.model.facts import AccountRegion, NotVisible
from nlbcheck.reports.json_object import JsonObject


def finding(found: JsonObject) -> Finding:
    """Return a finding; of another version's code, which this one does not know, there is none."""
    resource, remedy, missing = (found.maybe_part(key) for key in ("resource", "remedy", "missing"))
    return Finding(
        _code(found),
        found.word("verdict", Verdict),
        found.text("summary"),
        found.word("leg", Leg),
        found.maybe_word("direction", Direction),
        found.maybe_text("zone"),
        _resource(resource) if resource else None,
        found.raw("evidence"),
        _remedy(remedy) if remedy else None,
        found.word("confidence", Confidence),
        found.maybe_text("subject") or "",
        _missing(missing) if missing else None,
    )


def _code(found: JsonObject) -> Code:
    code = found.text("code")
    if code not in set(Code):
        raise found.refusal("code", "a code that 'nlbcheck explain' lists")
    return Code(code)


def _resource(resource: JsonObject) -> Resource:
    return Resource(resource.text("type"), resource.text("id"), resource.maybe_text("name"))


def _remedy(remedy: JsonObject) -> Remedy:
    """Return a remedy; commands without the calls that they make, of older versions, become its words."""
    calls = tuple(_call(item) for item in remedy.maybe_parts("calls"))
    commands = () if calls else remedy.texts("commands")
    found = Remedy(
        "; ".join((remedy.text("text"), *commands)),
        calls,
        remedy.maybe_flag("verified"),
        remedy.texts("together_with"),
    )
    reason = next(filter(None, map(unfit, calls)), None)
    return found.without_commands(reason) if reason else found


def _call(call: JsonObject) -> Call:
    return Call(
        call.text("service"), call.text("operation"), call.raw("parameters"), call.maybe_text("region")
    )


def _missing(fact: JsonObject) -> NotVisible:
    account, region = fact.maybe_text("account"), fact.maybe_text("region")
    return NotVisible(
        fact.text("fact"),
        fact.text("service"),
        fact.text("operation"),
        None if account is None or region is None else AccountRegion(account, region),
        fact.maybe_text("error"),
        fact.maybe_text("unreadable"),
    )


def path(walked: JsonObject) -> Path:
    """Return a path with the hops that the document has of it."""
    return Path(
        walked.word("leg", Leg),
        walked.word("direction", Direction),
        tuple(_hop(item) for item in walked.parts("hops")),
        walked.maybe_text("target"),
    )


def _hop(hop: JsonObject) -> Hop:
    return Hop(
        hop.text("kind"), _resource(hop.part("resource")), hop.word("verdict", Verdict), hop.raw("evidence")
    )


def observation(probe: JsonObject) -> Observation:
    """Return what one connection saw."""
    return Observation(
        probe.word("check", Check),
        probe.word("status", Status),
        probe.maybe_float("connect_ms"),
        probe.maybe_float("total_ms"),
        probe.number("attempts"),
        probe.maybe_text("local_address"),
        probe.raw("detail"),
        probe.maybe_text("error"),
        probe.maybe_text("meaning"),
    )
