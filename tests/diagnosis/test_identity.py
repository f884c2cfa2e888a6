"""Do host keys tell when the wrong server answers, and only then?"""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlbcheck.diagnosis import identity
from nlbcheck.model import (
    Check,
    Confidence,
    DeclaredTarget,
    Finding,
    Flow,
    HostKey,
    Json,
    Node,
    Observation,
    Result,
    Status,
    Verdict,
)
from nlbcheck.relays.table import Row
from tests.formats.reports import row as make_row

NODES = (Node("1a", ip_address("172.31.128.10")), Node("1c", ip_address("172.31.136.10")))


def row(number: int, target: str, address: str | None = None, pins: str = "") -> Row:
    made = make_row(number, 22, target, Check.SSH)
    spec = replace(made.spec, host_keys=tuple(HostKey(pin) for pin in pins.split()))
    declared = DeclaredTarget(target, ip_address(address) if address else None)
    return replace(made, targets=(declared,), spec=spec)


def node(where: Node, key: str, status: Status = Status.OK) -> Result:
    """Return what a node showed; ``key`` is a fingerprint, or type and fingerprint as ``rsa:K1``."""
    key_type, _, fingerprint = key.rpartition(":")
    detail: dict[str, Json] = (
        {"key_type": key_type or "ssh-ed25519", "fingerprint": fingerprint} if key != "-" else {}
    )
    return Result(Flow("row", where, 10000, "target"), Observation(Check.SSH, status, detail=detail))


def found(*seen: tuple[Row, str], others: tuple[Row, ...] = ()) -> list[list[Finding]]:
    """Return the findings per row; each is given with the keys that its nodes showed, ``-`` for none.

    A pinned row that shows another key has the status that the probe gives it.
    """
    nodes = []
    for shown, keys in seen:
        pins = [pin.fingerprint for pin in shown.spec.host_keys]
        states = [
            Status.UNEXPECTED if pins and key.rpartition(":")[2] not in pins else Status.OK
            for key in keys.split()
        ]
        nodes.append([node(*each) for each in zip(NODES, keys.split(), states, strict=True)])
    rows = [shown for shown, _ in seen]
    return [list(each) for each in identity.findings([*rows, *others], rows, nodes)]


def shown(where: Node, *keys: str) -> Result:
    """Return what several connections to a node showed."""
    seen = [node(where, key).connections[0] for key in keys or ["-"]]
    return Result(Flow("row", where, 10000, "target", samples=len(keys)), seen[0], samples=tuple(seen))


def both(number: int, pins: str = "", names: str = "A B") -> Row:
    """Return a row that is meant for several machines."""
    machines = tuple(
        DeclaredTarget(name, ip_address(f"10.0.0.{'ABC'.index(name) + 1}")) for name in names.split()
    )
    return replace(row(number, "A", pins=pins), targets=machines)


def sampled(*seen: tuple[Row, tuple[Result, ...]]) -> list[list[Finding]]:
    rows = [item for item, _ in seen]
    return [list(each) for each in identity.findings(rows, rows, [results for _, results in seen])]


def verdicts(findings: list[list[Finding]]) -> list[list[Verdict]]:
    return [[finding.verdict for finding in each] for each in findings]


A, B, C = row(10022, "A", "10.0.0.1"), row(20022, "B", "10.0.0.2"), row(30022, "C", "10.0.0.3")
WARN, FAIL = Verdict.WARN, Verdict.FAIL

CASES = [
    ("each target its key", [(A, "K1 K1"), (B, "K2 K2")], [[], []]),
    ("nobody answers", [(A, "- -"), (B, "- -")], [[], []]),
    ("zones differ", [(A, "K1 K2")], [[WARN]]),
    ("zones differ in the key type", [(A, "ssh-ed25519:K1 ssh-rsa:K2")], [[]]),
    ("one zone is silent", [(A, "K1 -")], [[]]),
    ("two targets, one key", [(A, "K1 K1"), (B, "K1 K1")], [[WARN], [WARN]]),
    ("one zone leads to the other target", [(A, "K1 K2"), (B, "K2 K2")], [[WARN, WARN], [WARN]]),
    ("two rows of one address", [(A, "K1 K1"), (row(2, "A-too", "10.0.0.1"), "K1 K1")], [[], []]),
    ("one name, address known once", [(A, "K1 K1"), (row(2, "A"), "K1 K1")], [[], []]),
    ("two names without addresses", [(row(1, "X"), "K1 K1"), (row(2, "Y"), "K1 K1")], [[WARN], [WARN]]),
    ("one name without address", [(row(1, "X"), "K1 K1"), (row(2, "X"), "K1 K1")], [[], []]),
    ("one key on three targets", [(A, "K K"), (B, "K K"), (C, "K K")], [[WARN], [WARN], [WARN]]),
    ("pinned and shown", [(replace(A, spec=replace(A.spec, host_keys=(HostKey("K1"),))), "K1 K1")], [[]]),
    (
        "both keys pinned",
        [(replace(A, spec=replace(A.spec, host_keys=(HostKey("K1"), HostKey("K2")))), "K1 K2")],
        [[]],
    ),
    (
        "pinned, zones differ",
        [(replace(A, spec=replace(A.spec, host_keys=(HostKey("K1"),))), "K1 K2")],
        [[FAIL]],
    ),
    (
        "pinned, an unknown key",
        [(replace(A, spec=replace(A.spec, host_keys=(HostKey("K1"),))), "K9 K9")],
        [[]],
    ),
    (
        "swapped, both pinned",
        [
            (replace(A, spec=replace(A.spec, host_keys=(HostKey("K1"),))), "K2 K2"),
            (replace(B, spec=replace(B.spec, host_keys=(HostKey("K2"),))), "K1 K1"),
        ],
        [[FAIL], [FAIL]],
    ),
    (
        "the other row pins the key: it is right",
        [(replace(A, spec=replace(A.spec, host_keys=(HostKey("K1"),))), "K1 K1"), (B, "K1 K1")],
        [[], [WARN]],
    ),
    (
        "the other row pins another key: it is wrong",
        [(A, "K1 K1"), (replace(B, spec=replace(B.spec, host_keys=(HostKey("K2"),))), "K1 K1")],
        [[], [FAIL]],
    ),
    (
        "copied keys, pinned for both",
        [
            (replace(A, spec=replace(A.spec, host_keys=(HostKey("K"),))), "K K"),
            (replace(B, spec=replace(B.spec, host_keys=(HostKey("K"),))), "K K"),
        ],
        [[], []],
    ),
    (
        "copied keys, pinned for both, another row of one of them",
        [
            (replace(A, spec=replace(A.spec, host_keys=(HostKey("K"),))), "K K"),
            (replace(B, spec=replace(B.spec, host_keys=(HostKey("K"),))), "K K"),
            (row(2, "A", "10.0.0.1"), "K K"),
        ],
        [[], [], []],
    ),
    (
        "pinned for the same target by another row",
        [
            (replace(A, spec=replace(A.spec, host_keys=(HostKey("K"),))), "K K"),
            (row(2, "A", "10.0.0.1"), "K K"),
        ],
        [[], []],
    ),
]


@pytest.mark.parametrize(("seen", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_case(seen, expected):
    assert verdicts(found(*seen)) == expected


def test_zones_that_differ_are_named():
    ((finding,),) = found((A, "K1 K2"))
    assert finding.code == "wrong-server-answers"
    assert finding.confidence is Confidence.LIKELY
    assert finding.evidence == {"key_type": "ssh-ed25519", "host_keys": {"K1": ["1a"], "K2": ["1c"]}}
    assert "tg-10022 shows different ssh-ed25519 host keys on 1a and 1c" in finding.summary


def test_owner_of_the_key_is_named_also_when_it_was_not_probed():
    pinned = replace(A, spec=replace(A.spec, host_keys=(HostKey("K1"),)))
    owner = replace(B, spec=replace(B.spec, host_keys=(HostKey("K2"),)))
    ((finding,),) = found((pinned, "- K2"), others=(owner,))
    assert finding.summary == (
        "tg-10022 is answered by B and not by A: its host key is the one that tg-20022 pins."
    )
    assert finding.zone == "1c"
    assert finding.confidence is Confidence.CERTAIN


def test_same_key_is_told_without_taking_sides():
    (finding,), _ = found((A, "K K"), (B, "K K"))
    assert finding.summary.startswith("tg-10022 shows the same host key as tg-20022 (B), but its target is A")
    assert finding.zone is None


def test_copied_images_make_one_finding_a_row():
    rows = [(row(number, f"T{number}", f"10.1.0.{number}"), "K K") for number in range(1, 101)]
    findings = found(*rows)
    assert verdicts(findings) == [[WARN]] * 100
    assert "tg-1, tg-2, tg-3 and 96 more" in findings[50][0].summary
    assert findings[50][0].evidence["rows"] == 99


@pytest.mark.parametrize("status", sorted(set(Status) - {Status.OK, Status.UNEXPECTED}))
def test_only_finished_answers_count(status):
    seen = [[node(NODES[0], "K", status)], [node(NODES[0], "K")]]
    assert identity.findings([A, B], [A, B], seen) == [(), ()]


KEYS = st.sampled_from(("-", "K1", "K2", "K3"))
TABLES = st.lists(
    st.tuples(st.sampled_from("ABC"), st.sampled_from(("", "K1", "K2", "K1 K2")), KEYS, KEYS),
    min_size=1,
    max_size=5,
)


def drawn(table: list[tuple[str, str, str, str]]) -> list[tuple[Row, str]]:
    return [(row(n, t, f"10.0.0.{ord(t)}", pins), f"{a} {c}") for n, (t, pins, a, c) in enumerate(table)]


@given(TABLES)
def test_pinned_rows_fail_and_others_warn(table):
    seen = drawn(table)
    for (shown, _), findings in zip(seen, found(*seen), strict=True):
        assert {finding.verdict for finding in findings} <= {FAIL if shown.spec.host_keys else WARN}


@given(TABLES)
def test_what_a_row_pins_itself_is_never_held_against_it(table):
    seen = drawn(table)
    for (shown, keys), findings in zip(seen, found(*seen), strict=True):
        pins = {pin.fingerprint for pin in shown.spec.host_keys}
        if pins and set(keys.split()) <= pins | {"-"}:
            assert findings == []


@given(TABLES, st.randoms(use_true_random=False))
def test_order_of_rows_does_not_matter(table, random):
    seen = drawn(table)
    shuffled = random.sample(seen, len(seen))
    by_row = dict(zip([shown.name for shown, _ in shuffled], verdicts(found(*shuffled)), strict=True))
    assert [by_row[shown.name] for shown, _ in seen] == verdicts(found(*seen))


@given(TABLES)
def test_one_key_for_each_target_is_never_suspicious(table):
    unpinned = [(t, "", f"K{t}", f"K{t}") for t, _, _, _ in table]
    assert not any(found(*drawn(unpinned)))


SEVERAL = [
    ("two machines are two keys", [(both(1), ("K1", "K2", "K1"))], [[]]),
    ("two machines are three keys", [(both(1), ("K1", "K2", "K3"))], [[WARN]]),
    ("three machines are three keys", [(both(1, names="A B C"), ("K1", "K2", "K3"))], [[]]),
    ("one machine is two keys at one node", [(A, ("K1", "K2"))], [[WARN]]),
    ("one machine is one key of each type", [(A, ("K1", "rsa:K2"))], [[]]),
    ("both pinned", [(both(1, "K1 K2"), ("K1", "K2"))], [[]]),
    ("a key that another row of one of them shows", [(both(1), ("K1", "K2")), (A, ("K1",))], [[], []]),
    ("a key that a third machine shows", [(both(1), ("K1", "K2")), (C, ("K2",))], [[WARN], [WARN]]),
    ("the third machine pins it", [(both(1), ("K1", "K2")), (row(3, "C", "10.0.0.3", "K2"), ("K2",))],
     [[WARN], []]),
    ("pinned for the pair, shown by one of them", [(both(1, "K1 K2"), ("K1", "K2")), (A, ("K2",))], [[], []]),
    ("pairs that share a machine", [(both(1), ("K1", "K2")), (both(2, names="B C"), ("K2", "K3"))], [[], []]),
]  # fmt: skip


@pytest.mark.parametrize(("seen", "expected"), [it[1:] for it in SEVERAL], ids=[it[0] for it in SEVERAL])
def test_several_connections(seen, expected):
    assert verdicts(sampled(*((of, (shown(NODES[0], *keys),)) for of, keys in seen))) == expected


def test_one_target_that_shows_two_keys_at_one_node_is_told_so():
    ((finding,),) = sampled((A, (shown(NODES[0], "K1", "K2", "K1"),)))
    assert finding.summary == (
        "tg-10022 shows different ssh-ed25519 host keys from connection to connection on 1a: they likely "
        "reach different machines, but the table has one target, A."
    )
    assert finding.evidence["host_keys"] == {"K1": ["1a"], "K2": ["1a"]}


def test_more_keys_than_targets_are_told():
    ((finding,),) = sampled((both(1), (shown(NODES[0], "K1", "K2"), shown(NODES[1], "K3"))))
    assert finding.summary == (
        "tg-1 shows 3 different ssh-ed25519 host keys: its connections likely reach more machines than the 2 "
        "targets in the table."
    )


class TestUnseen:
    """A pinned server that no connection reached."""

    def unseen(self, shown_row: Row, *keys: str) -> list[Finding]:
        ((*findings,),) = sampled((shown_row, (shown(NODES[0], *keys),)))
        return findings

    def test_it_is_named(self):
        (finding,) = self.unseen(both(1, "K1 K2"), *["K1"] * 8)
        assert (finding.code, finding.verdict) == ("target-not-seen", WARN)
        assert finding.confidence is Confidence.LIKELY
        assert finding.summary.startswith(
            "No connection of tg-1 reached the server with K2: 8 connections were answered by 1 of 2 servers."
        )

    def test_two_of_three(self):
        (finding,) = self.unseen(both(1, "K1 K2 K3", "A B C"), *["K2"] * 15)
        assert "reached the servers with K1 and K3: 15 connections" in finding.summary

    def test_a_server_may_have_keys_of_several_types(self):
        assert not self.unseen(both(1, "K1 K2 R1 R2"), *["K1", "K2"] * 4)
        (finding,) = self.unseen(both(1, "K1 K2 R1 R2"), *["K1"] * 8)
        assert "reached 1 of the servers with K2, R1 and R2" in finding.summary
        typed = both(1)
        pins = (HostKey("K1", "ssh-ed25519"), HostKey("K2", "ssh-ed25519"), HostKey("R1", "ssh-rsa"))
        typed = replace(typed, spec=replace(typed.spec, host_keys=pins))
        (finding,) = self.unseen(typed, *["ssh-ed25519:K1"] * 8)
        assert "reached the server with K2:" in finding.summary

    @pytest.mark.parametrize("connections", [1, 2, 4, 5])
    def test_a_few_connections_tell_nothing(self, connections):
        assert not self.unseen(both(1, "K1 K2"), *["K1"] * connections)

    def test_one_target_or_no_pin_tells_nothing(self):
        assert not self.unseen(both(1), *["K1"] * 20)
        assert not self.unseen(row(1, "A", "10.0.0.1", "K1 K2"), *["K1"] * 20)

    def test_another_row_says_whose_key_it_is(self):
        pair, alone = both(1), row(2, "B", "10.0.0.2")
        (finding,), others = sampled(
            (pair, (shown(NODES[0], *["K1"] * 8),)), (alone, (shown(NODES[0], "K2"),))
        )
        assert others == []
        assert finding.summary.startswith("No connection of tg-1 reached B: 8 connections")
        assert finding.evidence["targets"] == ["B"]
        pinning = row(2, "B", "10.0.0.2", "K2")
        (finding,), _ = sampled((pair, (shown(NODES[0], *["K1"] * 8),)), (pinning, (shown(NODES[0]),)))
        assert finding.evidence["targets"] == ["B"]

    def test_a_key_that_another_row_shares_is_seen(self):
        pair, alone = both(1), row(2, "B", "10.0.0.2")
        told = sampled((pair, (shown(NODES[0], *["K1", "K2"] * 4),)), (alone, (shown(NODES[0], "K2"),)))
        assert told == [[], []]

    def test_nobody_answered(self):
        silent = Observation(Check.SSH, Status.TIMED_OUT)
        results = (Result(Flow("row", NODES[0], 1, "x", samples=4), silent, samples=(silent,) * 4),)
        assert sampled((both(1, "K1 K2"), results)) == [[]]
