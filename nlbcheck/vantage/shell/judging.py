"""What does a task of the script say about its flow, judged as the probes of Python judge?"""

from __future__ import annotations

import re
import time
from dataclasses import replace

from nlbcheck.escape import printable, shortened
from nlbcheck.language import in_english, marked, tell
from nlbcheck.model import Check, Flow, Json, Observation, Status
from nlbcheck.probes import bounded
from nlbcheck.probes.answer import Answer, failed
from nlbcheck.probes.connection import Connection
from nlbcheck.vantage.shell.outcomes import TaskEnd, TaskOutcome
from nlbcheck.vantage.shell.questions import MOST_BYTES, exchange

_CONNECTED = re.compile(
    r"^connected (?P<us>[0-9]{1,10})$|succeeded!$|\) open$|^\* Connected to |^Ncat: Connected to "
    r"|^SSL_connect:",
    re.MULTILINE,
)
_NO_ANSWER = marked("no answer within {seconds} s")
_NOT_MADE = (
    (Status.REFUSED, re.compile("refused", re.IGNORECASE), marked("the connection was refused")),
    (Status.TIMED_OUT, re.compile("timed out|timeout", re.IGNORECASE), _NO_ANSWER),
    (
        Status.UNREACHABLE,
        re.compile("no route to host|unreachable|not permitted|permission denied", re.IGNORECASE),
        marked("the host reports: {error}"),
    ),
    (
        Status.RESET,
        re.compile("reset by peer", re.IGNORECASE),
        marked("the connection was reset before it was established"),
    ),
)
"""What programs write where no connection is made, in the order of what outweighs what."""
_RESET = re.compile("connection reset by peer|errno=104", re.IGNORECASE)
_CERTIFICATE = re.compile(
    r"verify error:num=\d+:(?P<openssl>[^\n]*)|certificate verify failed(?P<bare>)|"
    r"curl: \((?:51|60)\) (?P<curl>[^\n]*)",
    re.IGNORECASE,
)
_TLS_FAULT = re.compile(
    r"error:[0-9A-F]+:SSL routines:[^:]*:(?P<openssl>[^:\n]+)|curl: \(35\) (?P<curl>[^\n]*)"
)
_STRANGE = re.compile(r"curl: \([18]\) ([^\n]*)")
"""What curl writes at what is no answer of HTTP, of which it keeps nothing."""
_SILENT_NETCAT = ("nc", "busybox_nc")
"""Programs that do not say when they have connected, and give up by themselves where they have not."""
_HANDSHAKE = marked("a TLS handshake")
_NO_TLS = marked("the TLS handshake failed: {reason}")
_EXCERPT = 160


def unasked(flow: Flow) -> str | None:
    """Return why a shell cannot ask what a flow asks; None where it can."""
    if flow.check in (Check.HTTPS, Check.TLS):
        if isinstance(flow.spec.verify, str):
            return tell(
                "the host has no copy of {file}, which certificates are to be verified with",
                file=flow.spec.verify,
            )
        if not re.fullmatch(r"[0-9A-Za-z._:][0-9A-Za-z._:-]*", flow.server_name):
            return tell("a shell cannot ask for the server name {name}", name=repr(flow.server_name))
    return None


def unchecked(flow: Flow, why: str) -> Observation:
    """Return the result of what could not be asked or seen from a host."""
    return Observation(
        flow.check, Status.UNCHECKED, attempts=0, error=tell("not checked: {reason}", reason=why)
    )


def lacking(flow: Flow, program: str) -> Observation:
    """Return the result of what a host has no program for."""
    return unchecked(flow, tell("the host lacks {program}", program=printable(program)))


def judged(flow: Flow, seen: TaskOutcome, dials: str) -> Observation:
    """Return what a task's outcome says about its flow."""
    told = _without_noise(seen.told)
    if lacks := re.search(r"^lacks ([^\n]*)", told, re.MULTILINE):
        return lacking(flow, lacks[1])
    if not _is_connected(flow, seen, told, dials):
        return _not_made(flow, seen, told)
    answer = _qualified(flow, _answer(flow, seen, told))
    connected = _CONNECTED.search(told)
    connect_ms = int(connected["us"]) / 1000 if connected and connected["us"] else None
    return Observation(
        flow.check,
        answer.status,
        connect_ms=connect_ms,
        total_ms=max(seen.seconds * 1000, connect_ms or 0.0),  # the shell's own clock ticks every 10 ms
        attempts=seen.attempts,
        detail=bounded.detail(answer.detail, len(seen.heard)),
        error=bounded.error(answer.error),
    )


def _without_noise(told: str) -> str:
    """Return what a program wrote, without what bash adds of our own ending it."""
    return re.sub(r"^[^\n]*: kill: [^\n]*\n?", "", told, flags=re.MULTILINE)


def _is_connected(flow: Flow, seen: TaskOutcome, told: str, dials: str) -> bool:
    if seen.heard or _CONNECTED.search(told):
        return True
    if flow.check in (Check.HTTPS, Check.TLS) and (_CERTIFICATE.search(told) or _TLS_FAULT.search(told)):
        return True
    return dials in _SILENT_NETCAT and not told.strip()  # it has told nobody's silence by then


def _not_made(flow: Flow, seen: TaskOutcome, told: str) -> Observation:
    """Return the result of a connection that was not made."""
    failure = _by_its_words(told)
    if failure is None and (why := _not_tried(flow, seen, told)):
        return unchecked(flow, why)
    status, sentence, said = failure or (Status.TIMED_OUT, _NO_ANSWER, "")
    words = tell(sentence, seconds=f"{seen.seconds:.1f}", error=said)
    return Observation(flow.check, status, total_ms=seen.seconds * 1000, attempts=seen.attempts, error=words)


def _by_its_words(told: str) -> tuple[Status, str, str] | None:
    """Return how a connection failed by what the program says of it, with the sentence and those words."""
    for status, pattern, sentence in _NOT_MADE:
        if found := pattern.search(told):
            return status, sentence, found[0]
    return None


def _not_tried(flow: Flow, seen: TaskOutcome, told: str) -> str | None:
    """Return why a program that says of no connection how it failed may never have tried one."""
    if seen.ended is not TaskEnd.LATE:
        words = shortened(printable(told.strip()), _EXCERPT)
        return tell(
            "the host's program did not connect: {words}"
            if words
            else "the host's program did not connect, and printed nothing",
            words=words,
        )
    if flow.check not in (Check.HTTPS, Check.TLS) and "dialling" not in told:
        return tell(
            "the host's program did not get to connecting within {seconds} s", seconds=f"{seen.seconds:.1f}"
        )
    return None


def _answer(flow: Flow, seen: TaskOutcome, told: str) -> Answer:
    """Return what the conversation comes to, by the probe's own judgement of what was heard."""
    verified = flow.check in (Check.HTTPS, Check.TLS) and flow.spec.verify is not False
    if verified and (refused := _certificate_refused(told)):
        return refused
    if strange := _STRANGE.search(told):
        words = tell(
            "sent something other than an answer to HEAD; curl says: {words}", words=printable(strange[1])
        )
        return Answer(Status.BAD_REPLY, error=words)
    connection = _heard(seen, told)
    fault = _TLS_FAULT.search(told) if flow.check in (Check.HTTPS, Check.TLS) else None
    if fault and not seen.heard:
        words = printable((fault["openssl"] or fault["curl"]).strip())
        return failed(connection, tell(_HANDSHAKE), tell(_NO_TLS, reason=words))
    if flow.check is Check.TLS:
        made = "CONNECTION ESTABLISHED" in told and not connection.was_reset
        return Answer(Status.OK) if made else failed(connection, tell(_HANDSHAKE), of="TLS")
    held = exchange(flow)
    if held.complete(connection.transcript):
        connection.expired = connection.was_reset = False
    elif len(seen.heard) >= MOST_BYTES:
        long = tell("the answer is longer than {count} bytes", count=f"{MOST_BYTES:,}")
        return Answer(Status.UNCHECKED, error=tell("not checked: {reason}", reason=long))
    return held.judge(connection)


def _certificate_refused(told: str) -> Answer | None:
    found = _CERTIFICATE.search(told)
    if not found:
        return None
    words = printable((found["openssl"] or found["curl"] or "").strip())
    message = tell(
        "the certificate does not verify with the host's authorities: {reason}"
        if words
        else "the certificate does not verify with the host's authorities",
        reason=words,
    )
    return Answer(Status.UNEXPECTED, {"certificate_error": in_english(message)}, message)


def _heard(seen: TaskOutcome, told: str) -> Connection:
    """Return the conversation as a probe of Python would remember it."""
    connection = Connection(_Over(), time.monotonic())
    connection.opened = time.monotonic() - seen.seconds
    connection.memory = connection.budget = MOST_BYTES * 2
    connection.keep(seen.heard)
    connection.expired = seen.ended is TaskEnd.LATE or bool(
        re.search("timed out|time-out", told, re.IGNORECASE)
    )
    connection.was_reset = bool(_RESET.search(told))
    return connection


class _Over:
    """A stream over which all has been said."""

    def recv(self, _size: int, /) -> bytes:
        return b""

    def send(self, data: bytes, /) -> int:
        return len(data)

    def settimeout(self, _seconds: float | None, /) -> None:
        """Do nothing: nothing is left to wait for."""

    def shutdown(self, _how: int, /) -> None:
        """Do nothing: the conversation has ended."""

    def close(self) -> None:
        """Do nothing: there is nothing to give up."""


def _qualified(flow: Flow, answer: Answer) -> Answer:
    """Return an answer with what could not be looked at said; a pinned key is none that was seen."""
    if answer.status is not Status.OK:
        return answer
    limits: dict[str, Json] = {}
    if flow.check is Check.SSH and not flow.spec.ssh_banner_only:
        if flow.spec.host_keys:
            why = tell("a shell exchanges no keys, so the host key that the row pins is not seen")
            error = tell("not checked: {reason}", reason=why)
            return replace(answer, status=Status.UNCHECKED, error=error)
        limits = {"not_checked": "the key exchange: the version line is all that a shell sees"}
    elif flow.check in (Check.HTTPS, Check.TLS) and flow.spec.verify is not False:
        limits = {"not_checked": "how long the certificate is valid: it verifies with the host's authorities"}
    return replace(answer, detail={**answer.detail, **limits})
