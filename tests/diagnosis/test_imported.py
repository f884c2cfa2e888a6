"""Does a table that was made from a load balancer say what the load balancer does, and what it leaves out?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlbcheck.aws.state import AwsState
from nlbcheck.diagnosis import imported
from nlbcheck.errors import InputError, UnseenError
from nlbcheck.model import Check
from nlbcheck.model.facts import NotVisible
from nlbcheck.relays import Table, load, writing
from tests.diagnosis.drifting import (
    TABLE,
    Change,
    agreeing,
    arn,
    checked,
    codes,
    forward,
    group,
    listener,
    targets,
    vpc,
)
from tests.diagnosis.test_drift import damaged, instances
from tests.scenarios.article import SERVER_1, SERVER_2, article
from tests.scenarios.cloud import Cloud


def made(cloud: Cloud) -> imported.Imported:
    state = AwsState(cloud.recording())
    return imported.table(state, state.load_balancers[0])


def loaded(cloud: Cloud, folder: Path) -> Table:
    parts = made(cloud)
    file = folder / "made.yaml"
    file.write_text(writing.text(parts.head, parts.entries, "made"), encoding="utf-8")
    return load(file)


def test_the_article(tmp_path: Path) -> None:
    table = loaded(article(), tmp_path)
    assert (table.load_balancer, table.region) == (TABLE.load_balancer, TABLE.region)
    assert table.static_ips == TABLE.static_ips
    for row, declared in zip(table.rows, TABLE.rows, strict=True):
        same = ("listener", "target_port", "check")
        assert [getattr(row, name) for name in same] == [getattr(declared, name) for name in same]
        assert row.target.address == declared.target.address
        assert row.target_group == f"example-{declared.target_group}"
    assert [row.target.name for row in table.rows[::2]] == ["target-server-1", "target-server-2", "10.0.0.10"]
    assert codes(checked(article(), table)) == [("target-group-port-differs", "example-tg-30080")]
    assert made(article()).remarks == ()
    assert made(article()).complete


def tls(cloud: Cloud) -> None:
    listener(cloud, 10080)["Protocol"] = "TLS"
    listener(cloud, 10022)["Protocol"] = "TLS"


def quic(cloud: Cloud) -> None:
    listener(cloud, 10022)["Protocol"] = "TCP_QUIC"
    group(cloud, "example-tg-10022")["Protocol"] = "TCP_QUIC"


@pytest.mark.parametrize("change", [tls, quic, instances])
def test_what_is_made_agrees(change: Change, tmp_path: Path) -> None:
    table = loaded(agreeing(change), tmp_path)
    assert checked(agreeing(change), table).findings == ()
    assert len(table.rows) == 5


def test_a_tls_listener_is_not_checked_in_plain_text(tmp_path: Path) -> None:
    table = loaded(agreeing(tls), tmp_path)
    assert [row.check for row in table.rows[:3]] == [Check.TLS, Check.HTTPS, Check.SSH]
    assert [row.spec.verify for row in table.rows[:3]] == [False, False, True]


def nameless(cloud: Cloud) -> None:
    """Give target servers names that a table cannot have, or that both have."""
    for item in cloud.objects["DescribeInstances"]:
        server = item["Instances"][0]
        name = {SERVER_1: "10.9.9.9", SERVER_2: "\x1b]0;x\x07"}.get(server["PrivateIpAddress"], "client")
        server["Tags"] = [{"Key": "Name", "Value": name}]


def alike(cloud: Cloud) -> None:
    for item in cloud.objects["DescribeInstances"]:
        item["Instances"][0]["Tags"] = [{"Key": "Name", "Value": "web"}]


@pytest.mark.parametrize(
    ("change", "first", "third"), [(nameless, SERVER_1, SERVER_2), (alike, "web", SERVER_2)]
)
def test_names_that_do_not_serve(change: Change, first: str, third: str, tmp_path: Path) -> None:
    table = loaded(agreeing(change), tmp_path)
    assert (table.rows[0].target.name, table.rows[2].target.name) == (first, third)
    assert checked(agreeing(change), table).findings == ()


LEFT_OUT: list[tuple[Change, str]] = [
    (lambda c: listener(c, 10022).update(Protocol="UDP"), "UDP:10022 is left out: a row needs a listener"),
    (lambda c: forward(c, 10022, example_tg_10022=1, example_tg_20022=2),
     "it forwards to example-tg-10022 (weight 1) and example-tg-20022 (weight 2), and a row has one"),
    (lambda c: listener(c, 10022).update(DefaultActions=[{"Type": "fixed-response"}]), "to no target group"),
    (lambda c: c.register(arn(c, "example-tg-10022"), SERVER_2, 23, "c"),
     "example-tg-10022 holds targets on ports 22 and 23, and a row has one target port"),
    (lambda c: targets(c, "example-tg-10022").clear(), "example-tg-10022 holds no target"),
    (lambda c: targets(c, "example-tg-10022")[0]["Target"].update(Id="2001:db8::1"), "the IPv6 address"),
    (lambda c: targets(c, "example-tg-10022")[0]["Target"].pop("Port"), "is not one address and port"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "said"), LEFT_OUT)
def test_what_a_row_cannot_say(change: Change, said: str, tmp_path: Path) -> None:
    parts = made(agreeing(change))
    assert len(parts.remarks) == 1
    assert said in parts.remarks[0]
    assert parts.complete
    written = writing.text(parts.head, parts.entries, "made")
    assert f"# {parts.remarks[0]}\n- listener: TCP:10080\n" in written
    assert codes(checked(agreeing(change), loaded(agreeing(change), tmp_path))) == [
        ("listener-undeclared", "example-nlb:10022")
    ]


def test_zero_weight_and_draining_do_not_count(tmp_path: Path) -> None:
    cloud = agreeing(
        lambda c: forward(c, 10022, example_tg_10022=1, example_tg_20022=0),
        lambda c: c.register(arn(c, "example-tg-10022"), SERVER_2, 22, "c", "draining"),
    )
    table = loaded(cloud, tmp_path)
    assert len(table.rows) == 5
    assert checked(cloud, table).findings == ()


def test_a_listener_that_cannot_be_read_is_left_out_alone(tmp_path: Path) -> None:
    parts = made(agreeing(lambda c: listener(c, 10022).update(DefaultActions=[{"Type": "forward"}])))
    (remark,) = parts.remarks
    assert remark.startswith("TCP:10022 is left out: Not visible: the action of the listener on port 10022")
    assert not parts.complete
    assert len(parts.entries) == 5


def test_nothing_that_a_row_could_say() -> None:
    cloud = agreeing(lambda c: c.listeners[c.balancers[0]["LoadBalancerArn"]].clear())
    with pytest.raises(InputError, match="example-nlb has no listener"):
        made(cloud)
    cloud = agreeing()
    cloud.groups.clear()
    with pytest.raises(UnseenError, match="example-nlb has no listener"):
        made(cloud)


def test_what_is_not_visible_is_never_taken_for_nothing() -> None:
    whole = made(agreeing())
    for recorded in damaged(agreeing().recording(), gap=True):
        state = AwsState(recorded)
        if not state.load_balancers:
            continue
        balancer = state.load_balancers[0]
        if isinstance(state.listeners(balancer), NotVisible) or isinstance(
            state.target_groups(balancer), NotVisible
        ):
            with pytest.raises(UnseenError, match="AccessDenied"):
                imported.table(state, balancer)
            continue
        parts = imported.table(state, balancer)
        rows = [entry for entry in parts.entries if not isinstance(entry, writing.Remark)]
        assert (len(rows) == len(whole.entries)) is parts.complete
        assert all("AccessDenied" in remark for remark in parts.remarks)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(1, 65535),
            st.sampled_from(["TCP", "TLS", "TCP_UDP", "UDP"]),
            st.lists(st.tuples(st.integers(1, 254), st.sampled_from([22, 80, 443, 3306])), max_size=2),
        ),
        min_size=1,
        max_size=6,
        unique_by=lambda item: item[0],
    )
)
def test_any_load_balancer(tmp_path_factory: pytest.TempPathFactory, listeners: list[Any]) -> None:
    cloud = agreeing(lambda c: c.listeners[c.balancers[0]["LoadBalancerArn"]].clear())
    for port, protocol, registered in listeners:
        made_for = cloud.target_group(f"g-{port}", vpc(cloud), registered[0][1] if registered else 80)
        for host, to in dict(registered).items():
            cloud.register(made_for, f"172.31.129.{host}", to, "a")
        cloud.listener(cloud.balancers[0]["LoadBalancerArn"], port, made_for, protocol=protocol)
    said = {
        port
        for port, protocol, found in listeners
        if protocol != "UDP" and len(set(dict(found).values())) == 1
    }
    if not said:
        with pytest.raises(InputError):
            made(cloud)
        return
    table = loaded(cloud, tmp_path_factory.mktemp("any"))
    assert [row.listener.number for row in table.rows] == sorted(said)
    found = checked(cloud, table)
    unsaid = {("listener-undeclared", f"example-nlb:{port}") for port, *_ in listeners if port not in said}
    assert {item for item in codes(found) if item[0] != "target-group-port-differs"} == unsaid
