"""Snapshot files: written, read again, and refused with the place of what is wrong."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlbcheck import contents
from nlbcheck.aws import recording
from nlbcheck.aws.recording import AnsweredCall, Recording, RefusedCall
from nlbcheck.errors import InputError

NOW = datetime(2026, 11, 22, 3, 4, 5, tzinfo=UTC)
ANSWER = AnsweredCall("123456789012", "ap-northeast-1", "ec2", "DescribeSubnets", {}, {"Subnets": []})
GAP = RefusedCall("123456789012", "ap-northeast-1", "ec2", "DescribeVpcs", {}, "UnauthorizedOperation")
SAMPLE = Recording(NOW, "0.1.0", (ANSWER,), (GAP,))

TEXTS = st.text(max_size=10)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
NAMES = st.from_regex(r"[A-Z][A-Za-z0-9]*", fullmatch=True)
SERVICES = st.sampled_from(["ec2", "elbv2", "sts", "other"])
CALLS = (TEXTS, TEXTS, SERVICES, NAMES, st.dictionaries(NAMES, JSON, max_size=2))
RECORDINGS = st.builds(
    Recording,
    st.datetimes(timezones=st.just(UTC)),
    TEXTS,
    st.lists(st.builds(AnsweredCall, *CALLS, st.dictionaries(TEXTS, JSON, max_size=3)), max_size=3).map(
        tuple
    ),
    st.lists(st.builds(RefusedCall, *CALLS, TEXTS), max_size=3).map(tuple),
)


@given(RECORDINGS)
def test_what_is_written_is_read_again(sample: Recording) -> None:
    text = json.dumps(recording.document(sample))
    assert recording.parse(json.loads(text), "x") == sample


@pytest.mark.parametrize("name", ["s.json", "s.json.gz"])
def test_files(tmp_path: Path, name: str) -> None:
    recording.write(tmp_path / name, SAMPLE)
    assert recording.read(tmp_path / name) == SAMPLE
    assert (tmp_path / name).read_bytes().startswith(b"\x1f\x8b") is name.endswith(".gz")
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_the_same_recording_is_the_same_file(tmp_path: Path) -> None:
    for name in ("a.json.gz", "b.json.gz"):
        recording.write(tmp_path / name, SAMPLE)
    assert (tmp_path / "a.json.gz").read_bytes() == (tmp_path / "b.json.gz").read_bytes()


def test_strange_text_survives(tmp_path: Path) -> None:
    sample = replace(SAMPLE, answers=(replace(ANSWER, response={"Name": "日本 \ud800 \x1b[2J"}),))
    recording.write(tmp_path / "s.json", sample)
    assert recording.read(tmp_path / "s.json") == sample


def test_a_byte_order_mark_is_no_reason_to_refuse(tmp_path: Path) -> None:
    recording.write(tmp_path / "s.json", SAMPLE)
    content = (tmp_path / "s.json").read_bytes()
    (tmp_path / "s.json").write_bytes(b"\xef\xbb\xbf" + content)
    assert recording.read(tmp_path / "s.json") == SAMPLE


SECRET = {
    "VpnConnections": [
        {
            "VpnConnectionId": "vpn-1",
            "CustomerGatewayConfiguration": "<ike><pre_shared_key>hush</pre_shared_key></ike>",
            "Options": {"TunnelOptions": [{"PreSharedKey": "hush", "OutsideIpAddress": "192.0.2.1"}]},
        }
    ]
}


def test_no_secret_reaches_a_file(tmp_path: Path) -> None:
    call = {"VpnConnectionId": "vpn-1", "TunnelOptions": {"PreSharedKey": "hush"}}
    gap = replace(GAP, parameters=call)
    sample = Recording(NOW, "", (replace(ANSWER, parameters=call, response=SECRET),), (gap,))
    recording.write(tmp_path / "s.json", sample)
    text = (tmp_path / "s.json").read_text()
    assert "hush" not in text
    assert "192.0.2.1" in text


def test_no_secret_comes_in_from_a_file(tmp_path: Path) -> None:
    document = recording.document(SAMPLE)
    document["answers"][0]["response"] = SECRET
    (tmp_path / "s.json").write_text(json.dumps(document))
    assert "hush" not in repr(recording.read(tmp_path / "s.json"))


def file_of(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "s.json"
    path.write_bytes(content)
    return path


COMPRESSED = gzip.compress(json.dumps(recording.document(SAMPLE)).encode())


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "s.json:1: not complete JSON"),
        (b'{"schema": "nlbcheck.snapshot/1", "answers": [', "s.json:1: not complete JSON"),
        (b"\xff\xfe\x00\x01\x02", "s.json: neither JSON nor gzip"),
        (COMPRESSED[:-20], "s.json: not a complete gzip file"),
        (COMPRESSED[:12] + b"\x00\x11\x22" + COMPRESSED[15:], "s.json: not a complete gzip file"),
        (b"\x1f\x8bjunk junk junk", "s.json: not a complete gzip file"),
        (b"[" * 100_000, "s.json: is nested too deeply"),
        (b"[]", "s.json: not a snapshot: expected an object"),
        (b'{"Subnets": []}', "s.json: not a snapshot: expected an object"),
        (b'{"schema": "nlbcheck.snapshot/2"}', "schema is 'nlbcheck.snapshot/2', this version reads"),
    ],
)
def test_a_file_that_is_no_snapshot(tmp_path: Path, content: bytes, says: str) -> None:
    with pytest.raises(InputError) as caught:
        recording.read(file_of(tmp_path, content))
    assert says in str(caught.value)
    assert len(caught.value.problems) == 1


@pytest.mark.parametrize(
    "content", [b" " * 2_000_000, gzip.compress(b" " * 2_000_000)], ids=["plain", "gzip"]
)
def test_a_file_that_is_too_large(tmp_path: Path, content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contents, "MOST", 1 << 20)
    with pytest.raises(InputError, match=r"s.json: is larger than 1 MiB, which no snapshot or report is"):
        recording.read(file_of(tmp_path, content))


@pytest.mark.parametrize("number", [b"NaN", b"-Infinity", b"1e999"])
def test_a_number_that_is_none(tmp_path: Path, number: bytes) -> None:
    with pytest.raises(InputError, match="has a number that JSON cannot hold"):
        recording.read(file_of(tmp_path, b'{"x": %s}' % number))


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nothing.json: No such file"):
        recording.read(tmp_path / "nothing.json")


def test_no_place_to_write(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"s.json: was not written: there is no folder .*missing"):
        recording.write(tmp_path / "missing" / "s.json", SAMPLE)


def test_all_wrong_shapes_are_listed_with_their_places() -> None:
    answer: dict[str, Any] = {**recording.document(SAMPLE)["answers"][0], "parameters": [], "region": 1}
    del answer["response"]
    document = {**recording.document(SAMPLE), "answers": [answer, 7], "gaps": {}, "taken_at": "yesterday"}
    with pytest.raises(InputError) as caught:
        recording.parse(document, "s.json")
    assert sorted(caught.value.problems) == [
        "s.json: answers[0].parameters: expected an object, found []",
        "s.json: answers[0].region: expected text, found 1",
        "s.json: answers[0].response: expected an object, found nothing",
        "s.json: answers[1]: expected an object, found 7",
        "s.json: gaps: expected a list, found {}",
        's.json: taken_at: expected a time such as 2026-11-22T03:04:05Z, found "yesterday"',
    ]


def test_times_are_utc() -> None:
    document = {**recording.document(SAMPLE), "taken_at": "2026-11-22T12:04:05+09:00"}
    assert recording.parse(document, "x").taken_at == NOW
    assert recording.document(SAMPLE)["taken_at"] == "2026-11-22T03:04:05Z"
