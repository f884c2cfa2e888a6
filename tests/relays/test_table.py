# ruff: noqa: E501, ISC004 - one case a line
"""Do names mean the rows that people mean by them, and do rows give the right endpoints?"""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

import pytest

from nlbcheck.errors import InputError
from nlbcheck.model import Check, DeclaredTarget, HostKey, Node
from nlbcheck.relays import load
from tests.certificates import Authority
from tests.relays.build import FINGERPRINT, SAMPLES

SHARED = """\
Listener,Target group,Target port,Target
10022,tg-a,22,10.0.0.1
20022,tg-a,22,10.0.0.1
30022,b-tg-a,22,10.0.0.2
40022,c,22,x
50022,b-c,22,y
"""


@pytest.fixture
def article():
    return load(SAMPLES / "nlbcheck.yaml")


@pytest.fixture
def shared(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "t.csv"
    path.write_text(SHARED)
    return load(path.relative_to(tmp_path))


@pytest.mark.parametrize(
    ("names", "ports"),
    [
        ([], [10022, 10080, 20022, 20080, 30080]),
        (["tg-10022"], [10022]),
        (["10022"], [10022]),
        (["TCP:10022"], [10022]),
        (["example-tg-10022"], [10022]),
        (["my-example-tg-10022"], [10022]),
        (["30080", "tg-10022", "example-tg-30080"], [10022, 30080]),
    ],
)
def test_names(article, names, ports):
    assert [row.listener.number for row in article.select(names)] == ports


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("tg-1002", "'tg-1002' fits no row of {}; perhaps tg-10022 or tg-20022 or tg-10080 is meant"),
        ("xtg-10022", "'xtg-10022' fits no row of {}; perhaps tg-10022 or tg-20022 or tg-10080 is meant"),
        ("?\x1b[2J", r"'?\x1b[2J' fits no row of {}; 'mapping show' lists them"),
    ],
)
def test_names_that_fit_nothing(article, name, problem):
    with pytest.raises(InputError) as caught:
        article.select([name])
    assert str(caught.value) == problem.format(article.source)


def test_a_group_of_several_rows(shared):
    assert [row.name for row in shared.rows] == ["tg-a:10022", "tg-a:20022", "b-tg-a", "c", "b-c"]
    assert [row.listener.number for row in shared.select(["tg-a:20022", "x-tg-a:10022"])] == [10022, 20022]
    with pytest.raises(InputError) as caught:
        shared.select(["tg-a", "b-tg-a", "a-b-c", "z-tg-a"])
    assert caught.value.problems == (
        "'tg-a' fits several rows of t.csv: tg-a:10022 (listener TCP:10022, row 1), "
        "tg-a:20022 (listener TCP:20022, row 2)",
        "'a-b-c' fits several rows of t.csv: b-c (listener TCP:50022, row 5), c (listener TCP:40022, row 4)",
        "'z-tg-a' fits several rows of t.csv: tg-a:10022 (listener TCP:10022, row 1), "
        "tg-a:20022 (listener TCP:20022, row 2)",
    )


def test_endpoints_are_rows_by_static_ips(article):
    first, second, *_ = article.flows(article.rows)
    assert first.id == "tg-10022[ap-northeast-1a]"
    assert second.id == "tg-10022[ap-northeast-1c]"
    assert (first.node, first.port, first.target, first.check) == (
        Node("ap-northeast-1a", ip_address("172.31.128.10")), 10022, "172.31.129.10", Check.SSH,
    )  # fmt: skip
    assert len(article.flows(article.rows)) == 10
    assert len(article.flows(article.select(["30080"]))) == 2


def test_endpoints_carry_all_that_the_row_says(tmp_path):
    path = tmp_path / "t.yaml"
    path.write_text(f"""\
static_ips: [10.0.0.9]
mappings:
- {{listener: 1, target_group: a, target_port: 22, target: x, expect: {{host_key: ssh-rsa {FINGERPRINT}}}}}
- {{listener: 2, target_group: b, target_port: 443, target: y, path: /p, host: h, server_name: s, verify: false,
   expect: {{http: {{status: 2xx, header: {{Server: "n*"}}}}}}}}
- {{listener: 3, target_group: c, target_port: 22, target: y, ssh_banner_only: true}}
""")
    table = load(path)
    ssh, https, banner = table.flows(table.rows)
    assert ssh.id == "a[10.0.0.9]"
    assert (ssh.target, ssh.spec.host_keys) == ("x", (HostKey(FINGERPRINT, "ssh-rsa"),))
    assert (https.spec.path, https.spec.host, https.spec.server_name, https.spec.verify) == (
        "/p",
        "h",
        "s",
        False,
    )
    assert (https.spec.http.statuses, https.spec.http.headers) == ((range(200, 300),), {"Server": "n*"})
    assert banner.spec.ssh_banner_only


def test_a_file_of_authorities_is_sought_from_the_table(tmp_path, monkeypatch):
    Authority(tmp_path).file.rename(tmp_path / "ca.pem")
    path = tmp_path / "t.yaml"
    path.write_text("[{listener: 1, target_group: a, target_port: 443, target: x, verify: ca.pem}]")
    monkeypatch.chdir("/")
    assert load(path).rows[0].spec.verify == str(tmp_path / "ca.pem")


def test_without_static_ips_there_are_no_endpoints(shared):
    with pytest.raises(InputError) as caught:
        shared.flows(shared.rows)
    assert str(caught.value) == (
        "t.csv: no static IP of the load balancer is known: give them in the table (static_ips:) "
        "or with --static-ip ZONE=ADDRESS"
    )


def test_rows_for_the_same_servers_share_their_limit(shared):
    """Whatever order a table names them in, and whether by name or by address."""
    first, second = DeclaredTarget("web", ip_address("10.0.0.1")), DeclaredTarget("10.0.0.2")
    one, other = (
        replace(shared.rows[0], targets=targets)
        for targets in ((first, second), (second, replace(first, name="10.0.0.1")))
    )
    table = replace(shared, rows=(one, other), static_ips=(Node("1a", ip_address("10.9.0.1")),))
    assert {flow.target for flow in table.flows(table.rows)} == {"10.0.0.1, 10.0.0.2"}
