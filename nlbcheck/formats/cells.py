"""What does a table say of a row at a static IP?"""

from __future__ import annotations

from nlbcheck.formats import words
from nlbcheck.model import Code, Result, RowResults, Status, Verdict

WRONG_SERVER = "wrong-server"
_LED_ELSEWHERE = (Code.TARGET_DIFFERS, Code.LISTENER_FORWARDS_ELSEWHERE)


def ending(row: RowResults, result: Result) -> str:
    """Return how the probe of a flow ended; without one, the verdict.

    An answer of another server than the row's is ``wrong-server``, however well it answers.
    """
    if result.observation is None:
        return words.verdict(result.verdict)
    if result.flow.spec.reachable and (_is_led_elsewhere(row, result) or _is_anothers_key(row, result)):
        return WRONG_SERVER
    return words.ending(result, result.observation)


def milliseconds(row: RowResults, result: Result) -> str | None:
    """Return how long a probe took that went well; None of others, and of several."""
    probe = result.observation
    if probe is None or probe.total_ms is None or result.samples:
        return None
    if result.probed is not Verdict.PASS or ending(row, result) != Status.OK:
        return None
    return f"{probe.total_ms:.{1 if probe.total_ms < 10 else 0}f} ms"


def _is_led_elsewhere(row: RowResults, result: Result) -> bool:
    """Whether a connection succeeds, and AWS leads it to targets of which none is the row's."""
    if result.probed is not Verdict.PASS or not any(_fails(row, result, code) for code in _LED_ELSEWHERE):
        return False
    port = row.row.target_port.number
    own = {f"{server.address}:{port}" for server in row.row.declared if server.address}
    led = {path.target for path in result.paths or () if path.target}
    return bool(led) and len(own) == len(row.row.declared) and led.isdisjoint(own)


def _is_anothers_key(row: RowResults, result: Result) -> bool:
    """Whether the host key that was shown is known to be another server's."""
    shown = [seen.detail.get("fingerprint") for seen in result.connections]
    others = [
        item.evidence.get("fingerprint")
        for item in (*row.row.findings, *result.findings)
        if item.code is Code.WRONG_SERVER_ANSWERS and item.verdict is Verdict.FAIL
    ]
    return None not in shown and all(key in others for key in shown)


def _fails(row: RowResults, result: Result, code: Code) -> bool:
    return any(
        item.code is code and item.verdict is Verdict.FAIL for item in (*row.row.findings, *result.findings)
    )
