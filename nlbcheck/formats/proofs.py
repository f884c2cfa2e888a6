"""What became of trying a fix on the recorded state, in a sentence that follows the fix?"""

from __future__ import annotations

from nlbcheck.language import tell
from nlbcheck.model import Code, Finding, Leg, Remedy, Verdict


def proof(finding: Finding) -> str:
    """Return what became of trying a finding's remedy; it begins with a space, or is empty."""
    said = _proof(finding)
    return f" {said}" if said else ""


def _proof(finding: Finding) -> str:
    remedy = finding.remedy
    if remedy is None or not remedy.calls:
        return ""
    is_health = finding.leg is Leg.HEALTH
    match remedy.verified:
        case True if remedy.together_with:
            return _together(finding, remedy)
        case True if _leaves_others(finding, remedy):
            return tell(
                "This alone lets connections reach the target. Other healthy targets of the group still get "
                "connections."
            )
        case True:
            return _alone(finding.zone, is_health=is_health)
        case False:
            return tell(
                "(Tried on the recorded state with all other commands: the health check still fails. "
                "Fixes by hand were not tried.)"
                if is_health
                else "(Tried on the recorded state with all other commands: the connection still fails. "
                "Fixes by hand were not tried.)"
            )
    return _not_proven(finding, remedy, is_health=is_health)


def _leaves_others(finding: Finding, remedy: Remedy) -> bool:
    """Whether a fix registers the right target beside others that it does not deregister."""
    is_taken_out = any(call.operation == "DeregisterTargets" for call in remedy.calls)
    return finding.code is Code.TARGET_DIFFERS and bool(finding.evidence.get("aws")) and not is_taken_out


def _together(finding: Finding, remedy: Remedy) -> str:
    codes = ", ".join(dict.fromkeys((finding.code, *remedy.together_with)))
    if finding.code in remedy.together_with:
        return tell("Needed together: {codes} (more than one).", codes=codes)
    return tell("Needed together: {codes}.", codes=codes)


def _alone(zone: str | None, *, is_health: bool) -> str:
    if zone:
        return tell(
            "This alone restores the health check at {zone}."
            if is_health
            else "This alone restores the connection at {zone}.",
            zone=zone,
        )
    return tell(
        "This alone restores the health check." if is_health else "This alone restores the connection."
    )


def _not_proven(finding: Finding, remedy: Remedy, *, is_health: bool) -> str:
    if finding.code is Code.PROXY_PROTOCOL_ON:
        return tell("(Not proven: only a probe shows what the target answers after the fix.)")
    if remedy.together_with:
        return tell(
            "(Not proven: {codes} may stop the health check all the same.)"
            if is_health
            else "(Not proven: {codes} may stop the connection all the same.)",
            codes=", ".join(remedy.together_with),
        )
    if finding.verdict is not Verdict.FAIL or finding.leg is Leg.TABLE:
        return ""  # of another target than the table's, connections may pass as they are
    return tell("(Not proven: part of the path is not visible.)")
