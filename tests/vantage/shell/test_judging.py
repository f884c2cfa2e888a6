"""What is made of the script's output, also where a stranger has written it."""

from __future__ import annotations

import base64
import gzip

from hypothesis import given
from hypothesis import strategies as st

from nlbcheck.model import Check, HostKey, Status
from nlbcheck.vantage.shell import judging, outcomes
from nlbcheck.vantage.shell.outcomes import TaskEnd, TaskOutcome
from tests.vantage.shell.shells import flow

NONCE = "0123456789abcdef"


def printed(body: str, *, end: str = f"\nend {NONCE}\n") -> str:
    return f"Last login: today\nnlbcheck-probe 1 {NONCE}\n{body}{end}"


def packed(text: str) -> str:
    return "gzip\n" + base64.encodebytes(gzip.compress(text.encode())).decode().strip()


def lines(count: int) -> str:
    told = b"connected 3\n".hex()
    each = [f"{number} enough 10 1 5353482d322e302d780d0a: {told}" for number in range(count)]
    return "\n".join(["tools dials=bash tls=openssl", *each])


def test_packed_and_plain_output_say_the_same() -> None:
    for body in ("plain\n" + lines(3), packed(lines(3) + "\n")):
        output = outcomes.read(printed(body), NONCE)
        assert output.is_whole
        assert output.dials == "bash"
        assert output.outcomes[2] == TaskOutcome(TaskEnd.ENOUGH, 0.01, b"SSH-2.0-x\r\n", "connected 3\n")
        assert sorted(output.outcomes) == [0, 1, 2]


def test_what_was_cut_off_is_no_outcome_and_what_came_before_is() -> None:
    for body in ("plain\n" + lines(400), packed(lines(400) + "\n")):
        whole = printed(body)
        output = outcomes.read(whole[: len(whole) * 3 // 4], NONCE)
        assert not output.is_whole
        assert 100 < len(output.outcomes) < 400
        assert all(one.heard == b"SSH-2.0-x\r\n" for one in output.outcomes.values())


def test_output_of_another_script_is_none() -> None:
    output = outcomes.read(printed("plain\n" + lines(1)), "fedcba9876543210")
    assert not output.outcomes
    assert not output.is_whole


def test_a_host_that_lacks_what_the_script_needs_says_so() -> None:
    output = outcomes.read(printed("lacks a directory to write to"), NONCE)
    assert (output.lacks, output.outcomes) == ("a directory to write to", {})


@given(st.text(), st.text())
def test_whatever_a_host_prints_is_read(noise: str, body: str) -> None:
    outcomes.read(noise, NONCE)
    outcomes.read(printed(body), NONCE)
    outcomes.read(printed(f"gzip\n{body}"), NONCE)
    outcomes.read(printed(f"plain\ntools dials=bash tls=\n{body}"), NONCE)


@given(st.sampled_from(Check), st.sampled_from(TaskEnd), st.binary(max_size=300), st.text(max_size=200))
def test_whatever_a_task_saw_is_judged(check: Check, ended: TaskEnd, heard: bytes, told: str) -> None:
    result = judging.judged(flow(22, check), TaskOutcome(ended, 1.0, heard, told), "bash")
    assert result.status is Status.OK or result.error
    if result.status is Status.OK:
        assert check in (Check.TCP, Check.TLS) or heard


def seen(told: str, ended: TaskEnd = TaskEnd.CLOSED, heard: bytes = b"") -> TaskOutcome:
    return TaskOutcome(ended, 1.0, heard, told)


def test_a_pinned_host_key_is_none_that_was_seen() -> None:
    pinned = flow(22, Check.SSH, host_keys=(HostKey("SHA256:x"),))
    banner = seen("connected 1\n", TaskEnd.ENOUGH, b"SSH-2.0-x\r\n")
    result = judging.judged(pinned, banner, "bash")
    assert result.status is Status.UNCHECKED
    assert result.status.verdict == "unknown"
    assert result.detail["banner"] == "SSH-2.0-x"
    assert result.error
    assert "host key that the row pins is not seen" in result.error
    refused = judging.judged(pinned, seen("bash: connect: Connection refused\n"), "bash")
    assert refused.status is Status.REFUSED


def test_without_a_pinned_key_the_banner_is_what_was_looked_at() -> None:
    banner = seen("connected 1\n", TaskEnd.ENOUGH, b"SSH-2.0-x\r\n")
    result = judging.judged(flow(22, Check.SSH), banner, "bash")
    assert result.status is Status.OK
    assert "key exchange" in str(result.detail["not_checked"])


def test_a_host_too_slow_to_connect_says_nothing_of_the_network() -> None:
    for told, dials, status in (
        ("", "bash", Status.UNCHECKED),
        ("dialling\n", "bash", Status.TIMED_OUT),
        ("Ncat: Version 7.93\n", "ncat_-n_-v", Status.UNCHECKED),
        ("Ncat: TIMEOUT.\n", "ncat_-n_-v", Status.TIMED_OUT),
        ("lacks bash, nc and curl\n", "", Status.UNCHECKED),
    ):
        assert judging.judged(flow(22), seen(told, TaskEnd.LATE), dials).status is status, told


def test_words_of_programs_that_could_not_connect() -> None:
    for told, status in (
        ("bash: connect: No route to host\n", Status.UNREACHABLE),
        ("bash: connect: Network is unreachable\n", Status.UNREACHABLE),
        ("bash: connect: Connection timed out\n", Status.TIMED_OUT),
        ("nc: can't connect to remote host (10.0.0.1): Connection refused\n", Status.REFUSED),
        ("nc: connect to 10.0.0.1 port 22 (tcp) timed out: Operation now in progress\n", Status.TIMED_OUT),
        ("nc: \x1b[31mbroken\n", Status.UNCHECKED),
    ):
        result = judging.judged(flow(22), seen(told), "nc_-n_-v")
        assert result.status is status, told
        assert "\x1b" not in str(result.error)


def test_authorities_of_this_machine_are_not_those_of_the_host() -> None:
    why = judging.unasked(flow(443, Check.HTTPS, verify="/etc/ca.pem"))
    assert why
    assert "/etc/ca.pem" in why
    assert judging.unasked(flow(443, Check.HTTPS)) is None
    assert judging.unasked(flow(443, Check.HTTPS, server_name="-x y")) is not None
