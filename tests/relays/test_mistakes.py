# ruff: noqa: E501 - one case a line
"""Is every mistake in a table named, with its line and what was expected?"""

from __future__ import annotations

import pytest

from nlbcheck.errors import InputError
from nlbcheck.relays import load
from nlbcheck.relays.validate import KEYS
from tests.relays.build import FINGERPRINT

ROW = "{listener: TCP:1, target_group: a, target_port: 22, target: x%s}"


def problems(tmp_path, monkeypatch, name: str, content: str | bytes) -> list[str]:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(InputError) as caught:
        load(path.relative_to(tmp_path))
    return list(caught.value.problems)


def in_row(more: str) -> str:
    return f"mappings:\n- {ROW % (', ' + more)}\n"


def in_head(line: str) -> str:
    return f"mappings:\n- {ROW % ''}\n{line}\n"


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ("chek: ssh", "mappings[0]: unknown key 'chek', perhaps 'check' is meant"),
        ("check: ftp", "mappings[0].check: 'ftp' is not a check: tcp, http, https, ssh or tls"),
        ("action: redirect", "mappings[0].action: 'redirect' is not 'forward' (or '転送'), the only action of such a listener"),
        ("no: []", "mappings[0].no: a list is not a row's number"),
        ("expect: 5", "mappings[0].expect: 5 is not a mapping of keys to values"),
        ("expect: {hostkey: x}", "mappings[0].expect: unknown key 'hostkey', perhaps 'host_key' is meant"),
        ("expect: {host_key: []}", "mappings[0].expect.host_key: is an empty list"),
        (
            "expect: {host_key: [SHA256:x]}",
            "mappings[0].expect.host_key[0]: 'SHA256:x' is not a host key such as 'SHA256:' and 43 characters, or 'ssh-ed25519 AAAA…'",
        ),
        ("expect: {http: {status: 200}}", "mappings[0].expect.http: is for http and https, the check of this row is ssh"),
        (
            f'check: tcp, expect: {{host_key: "{FINGERPRINT}"}}',
            "mappings[0].expect.host_key: is for ssh, the check of this row is tcp",
        ),
        ("path: /", "mappings[0].path: is for http and https, the check of this row is ssh"),
        ("verify: false", "mappings[0].verify: is for https and tls, the check of this row is ssh"),
        ("check: http, server_name: a", "mappings[0].server_name: is for https and tls, the check of this row is http"),
        ("check: http, ssh_banner_only: true", "mappings[0].ssh_banner_only: is for ssh, the check of this row is http"),
        (
            f'ssh_banner_only: true, expect: {{host_key: "{FINGERPRINT}"}}',
            "mappings[0].ssh_banner_only: it reads no host key, and expect.host_key needs one",
        ),
        ("ssh_banner_only: 1", "mappings[0].ssh_banner_only: 1 is neither true nor false"),
        (
            "check: https, verify: no-such.pem",
            "mappings[0].verify: 'no-such.pem' is neither true nor false nor a file of certificate authorities",
        ),
        (
            "check: https, verify: /dev/null",
            "mappings[0].verify: '/dev/null' is neither true nor false nor a file of certificate authorities",
        ),
        (
            f"check: https, verify: {__file__}",
            f"mappings[0].verify: {__file__!r} holds no certificate of an authority that can be read",
        ),
        ("check: https, host: a..b", "mappings[0].host: 'a..b' is not a host such as 'app.example.com'"),
        ("check: https, server_name: .b", "mappings[0].server_name: '.b' is not a host name"),
        ("check: http, path: status", "mappings[0].path: 'status' is not a path such as '/status'"),
        ('check: http, host: "a\\r\\nb"', r"mappings[0].host: 'a\r\nb' has characters that do not print"),
        ("check: https, server_name: a b", "mappings[0].server_name: 'a b' is not a host name"),
        ("check: http, expect: {http: {status: 2}}", "mappings[0].expect.http.status: 2 is not an HTTP status such as 200, '200-399', '200,302' or '2xx'"),
        ("check: http, expect: {http: {header: {A B: x}}}", "mappings[0].expect.http.header: key: 'A B' is not possible here"),
        ("check: http, expect: {http: {header: {Age: 5}}}", "mappings[0].expect.http.header.Age: 5 is not text: write it in quotes"),
        ("1: x", "key 1: a key is text, quoted where it reads as a number"),
        ("[a]: x", "key a list: a key is text, quoted where it reads as a number"),
        ("no: 1, no: 2", "key 'no' is there twice, first in line 2"),
        ("check: !!python/object:os.system x", "tag 'tag:yaml.org,2002:python/object:os.system': tags have no place in a mapping table"),
        ("check: *x", "alias 'x' refers to no anchor that ends before it"),
    ],
)  # fmt: skip
def test_mistakes_in_a_row(tmp_path, monkeypatch, more, problem):
    assert problems(tmp_path, monkeypatch, "t.yaml", in_row(more)) == [f"t.yaml:2: {problem}"]


@pytest.mark.parametrize(
    "port",
    ["0", "65536", "70000", "-1", "022", "0o22", "0x16", "1e3", "2.5", "'TCP:'", ":22", "TCP:0", "TCP:022", "22/tcp", "10:22:1",
     "99999999999999999999999", "9" * 5000, ".nan", ".inf"],
)  # fmt: skip
def test_ports_that_are_none(tmp_path, monkeypatch, port):
    row = f"mappings:\n- listener: {port}\n  target_group: a\n  target_port: 22\n  target: x\n"
    (problem,) = problems(tmp_path, monkeypatch, "t.yaml", row)
    assert problem.startswith("t.yaml:2: mappings[0].listener: ")
    assert problem.endswith("is not a port from 1 to 65535, such as TCP:10022")
    assert len(problem) < 200


@pytest.mark.parametrize(
    ("port", "problem"),
    [
        ("true", "true is not a port from 1 to 65535, such as TCP:10022"),
        ("", "nothing is not a port from 1 to 65535, such as TCP:10022"),
        ("[22]", "a list is not a port from 1 to 65535, such as TCP:10022"),
        ("{TCP: 22}", "a mapping is not a port from 1 to 65535, such as TCP:10022"),
        ("UDP:53", "'UDP:53': only TCP and TLS can be probed"),
        ("HTTP:80", "'HTTP:80': 'HTTP' is not TCP or TLS"),
    ],
)
def test_other_things_than_ports(tmp_path, monkeypatch, port, problem):
    row = f"mappings:\n- listener: 1\n  target_group: a\n  target_port: {port}\n  target: x\n"
    assert problems(tmp_path, monkeypatch, "t.yaml", row) == [f"t.yaml:4: mappings[0].target_port: {problem}"]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("mapings: []", "unknown key 'mapings', perhaps 'mappings' is meant"),
        ("zzz: []", f"unknown key 'zzz', known are {', '.join(KEYS)}"),
        ("load_balancer: 7", "load_balancer: 7 is not text: write it in quotes"),
        ("region: ' '", "region: is empty"),
        ("client: 10.0.0.300", "client: '10.0.0.300' is not an IPv4 address: 300 is more than 255"),
        ("static_ips: 10.0.0.1", "static_ips: '10.0.0.1' is not a mapping of keys to values"),
        ("static_ips: []", "static_ips: is an empty list"),
        ("static_ips: {}", "static_ips: is empty"),
        ("static_ips: [10.0.0.1, 10.0.0.1]", "static_ips: 10.0.0.1 is there 2 times"),
        ("static_ips: {a: 10.0.0.1, b: 10.0.0.1}", "static_ips: 10.0.0.1 is there 2 times"),
        ("static_ips: {a: 10.0.0.1, a: 10.0.0.2}", "key 'a' is there twice, first in line 3"),
        ("static_ips: {a: '2001:db8::1'}", "static_ips.a: '2001:db8::1': IPv6 is not supported yet, an IPv4 address was expected"),
        ("static_ips: {a: 0.0.0.0}", "static_ips.a: '0.0.0.0' is not the address of a machine"),
        ("static_ips: {a: 224.0.0.1}", "static_ips.a: '224.0.0.1' is not the address of a machine"),
        ("static_ips: {a: 255.255.255.255}", "static_ips.a: '255.255.255.255' is not the address of a machine"),
        ("static_ips: {a: 0.1.2.3}", "static_ips.a: '0.1.2.3' is not the address of a machine"),
        ("targets: {x: 0.0.0.0}", "targets.x: '0.0.0.0' is not the address of a machine"),
        ("static_ips: {a: 10.0.0.01}", "static_ips.a: '10.0.0.01' is not an IPv4 address: 01 begins with 0"),
        ("targets:", "targets: nothing is not a mapping of keys to values"),
        ("targets: {x: y}", "targets.x: 'y' is not an IPv4 address: expected four numbers from 0 to 255, such as 172.31.128.10"),
        ("targets: {'': 10.0.0.1}", "targets: key: is empty"),
        ("---\na: b", "a second document begins, one was expected"),
    ],
)  # fmt: skip
def test_mistakes_in_the_head(tmp_path, monkeypatch, line, problem):
    assert problems(tmp_path, monkeypatch, "t.yaml", in_head(line)) == [f"t.yaml:3: {problem}"]


def test_all_mistakes_at_once_in_the_order_of_lines(tmp_path, monkeypatch):
    text = """\
load_balancr: x
mappings:
  - {listener: TCP:70000, target_group: a, target_port: 22, target: 1.2.3}
  - listener: 10022
    target_group: tg:b
    target: x
  - {listener: TCP:10022, target_group: c, target_port: 80, target: x}
  - {listener: 3, target_group: c, target_port: 80, target: y}
  - {listener: 4, target_group: c, target_port: 81, target: x}
  - nothing
static_ips: {a: b}
"""
    assert problems(tmp_path, monkeypatch, "t.yaml", text) == [
        "t.yaml:1: unknown key 'load_balancr', perhaps 'load_balancer' is meant",
        "t.yaml:3: mappings[0].listener: 'TCP:70000' is not a port from 1 to 65535, such as TCP:10022",
        "t.yaml:3: mappings[0].target: '1.2.3' is not an IPv4 address: expected four numbers from 0 to 255, such as 172.31.128.10",
        "t.yaml:4: mappings[1]: target_port is missing",
        "t.yaml:5: mappings[1].target_group: 'tg:b' has a ':', which no target group's name has",
        "t.yaml:7: mappings[2].listener: port 10022 is the listener of line 4 already",
        "t.yaml:8: mappings[3].target_group: 'c' is TCP:80 of 'y' here, and TCP:80 of 'x' in line 7",
        "t.yaml:9: mappings[4].target_group: 'c' is TCP:81 of 'x' here, and TCP:80 of 'x' in line 7",
        "t.yaml:10: mappings[5]: 'nothing' is not a mapping of keys to values",
        "t.yaml:11: static_ips.a: 'b' is not an IPv4 address: expected four numbers from 0 to 255, such as 172.31.128.10",
    ]


def test_json_has_lines_too(tmp_path, monkeypatch):
    text = '[\n {"listener": "TCP:1",\n  "target_group": "a", "target_group": "b",\n  "target_port": 1e3,\n  "target": null}\n]'
    assert problems(tmp_path, monkeypatch, "t.json", text) == [
        "t.json:3: key 'target_group' is there twice, first in line 3",
        "t.json:4: mappings[0].target_port: 1e3 is not a port from 1 to 65535, such as TCP:10022",
        "t.json:5: mappings[0].target: nothing is not text",
    ]


def test_tables_have_rows_and_headings(tmp_path, monkeypatch):
    head = "No.,Listener port,Target group,Target port,Target,Host keys\r\n"
    rows = "1,TCP:1,a,22,x,SHA256:y\r\n\r\n2,TCP:1,,22,x\r\n3,UDP:2,c,22,x,,extra\r\n"
    assert problems(tmp_path, monkeypatch, "t.csv", "\ufeff" + head + rows) == [
        "t.csv:2: row 1, Host keys: 'SHA256:y' is not a host key such as 'SHA256:' and 43 characters, or 'ssh-ed25519 AAAA…'",
        "t.csv:4: row 2, Listener port: port 1 is the listener of row 1 already",
        "t.csv:5: row 3: cell 'extra' stands in a column without a heading",
    ]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("t.csv", "Listener;Target group;Target port;Host ky;listener\n", [
            "t.csv:1: columns 'Listener' and 'listener' may all be the listener: say which one is, as --column listener=1",
            "t.csv:1: unknown column 'Host ky', perhaps 'host key' is meant: say so with --column 'expect.host_key=Host ky', or --column 'remark=Host ky'",
            "t.csv:1: has no column that is understood as the target: understood are 'Listener' as listener, 'Target port' as target_port, 'Target group' as target_group; left are 'Host ky', 'listener': say which is meant, as --column 'target=Host ky'",
        ]),
        ("t.csv", "Listener,Target group,Target port,Target\n", ["t.csv:1: mappings: has no rows"]),
        ("t.csv", 'Listener,Target group,Target port,Target\n1,"a"b,22,x\n', ["t.csv:2: is not CSV: ',' expected after '\"'"]),
        ("t.csv", 'Listener,Target group,Target port,Target\n1,"a,22,x\n', ["t.csv:2: is not CSV: unexpected end of data"]),
        ("t.csv", f"Listener,Target group,Target port,Target\n1,{'a' * 200_000},22,x\n", ["t.csv:2: is not CSV: field larger than field limit (131072)"]),
        ("t.md", "Listener|Target group|Target port|Target\n-|-|-|-\n|1|a|22|x|\n||||\n|2|b|22|\n", [
            "t.md:5: row 2: target is missing",
        ]),
        ("t.md", "# none\n", ["t.md:1: has no table, one with a line of headings and a line of dashes was expected"]),
        ("t.md", "\n| Listener | Target |\n|---|---|\n| 1 | x |\n", ["t.md:2: has no column that is understood as the target port: understood are 'Listener' as listener, 'Target' as target; no column is left: say which is meant, as --column target_port=Listener (where both ports are the same)"]),
        ("t.json", "[1 2]", ["t.json:1: is not JSON: Expecting ',' delimiter (column 4)"]),
        ("t.json", '{"mappings": NaN}', ["t.json:1: mappings: NaN is not a list of rows"]),
        ("t.json", "[] []", ["t.json:1: is not JSON: Extra data (column 4)"]),
        ("t.json", "7", ["t.json:1: 7 is not a mapping of keys to values", "t.json:1: mappings is missing"]),
        ("t.yaml", "text", ["t.yaml:1: 'text' is not a mapping of keys to values", "t.yaml:1: mappings is missing"]),
        ("t.yaml", "mappings: {}", ["t.yaml:1: mappings: a mapping is not a list of rows"]),
        ("t.yaml", "mappings:\n", ["t.yaml:1: mappings: nothing is not a list of rows"]),
        ("t.yaml", "# only\n", ["t.yaml:1: has no values, a mapping table was expected"]),
        ("t.yaml", "mappings:\n\t- a\n", ["t.yaml:2: a tab is used where YAML allows spaces only"]),
        ("t.yaml", "mappings: [\n", ["t.yaml:2: is not YAML: did not find expected node content, while parsing a flow node (column 1)"]),
        ("t.doc", "x", ["t.doc: the name of a mapping table ends in .yaml, .yml, .json, .csv, .tsv, .txt, .md, .markdown, .html, .htm or .xlsx"]),
    ],
)  # fmt: skip
def test_files_that_are_no_table(tmp_path, monkeypatch, name, text, expected):
    assert problems(tmp_path, monkeypatch, name, text) == expected
