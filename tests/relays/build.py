"""Tables as values, and the same tables as files of every format."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from io import StringIO
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st

from nlbcheck.relays.mistyped import is_of_machine

SAMPLES = Path(__file__).parents[2] / "sample_configs"
FINGERPRINT = "SHA256:uNiVztksCsDhcc0u9e8BrrtyVHbRDcXNLRZWBT9eXXo"
OTHER_FINGERPRINT = "SHA256:n1ZKr2xpgdxVOlJiUbWPHMXYpVbnGmsBtAA8rLPT8bU"

names = st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,20}[A-Za-z0-9]", fullmatch=True) | st.sampled_from(
    ["転送先", "no", "true", "null", "a|b", "x, y", "#1", "- z", "a: b"[:1] + "'\"", "ﾀｰｹﾞｯﾄ", "𝒳"]
)
addresses = st.integers(0, 2**32 - 1).map(IPv4Address).filter(is_of_machine).map(str)
ports = st.integers(1, 65535)
fingerprints = st.from_regex(r"SHA256:[A-Za-z0-9+/]{43}", fullmatch=True)
key_types = st.sampled_from(["", "ssh-ed25519 ", "ecdsa-sha2-nistp256 ", "ssh-rsa "])
status_texts = st.sampled_from(["200", "200-399", "200,302", "2xx", "404, 5XX", "100-599"])


@st.composite
def rows(draw: st.DrawFn, listener: int) -> dict[str, str]:
    """One row as flat text cells, the way CSV carries it; empty cells are left out."""
    check = draw(st.sampled_from(["", "tcp", "http", "https", "ssh", "SSH"]))
    port = draw(ports) if check else draw(st.sampled_from([22, 80, 443, 3306]))
    row = {
        "listener": draw(st.sampled_from(["TCP:", "TLS:", "tcp:", "", "ＴＣＰ：", "TCP : "])) + str(listener),
        "target_group": draw(names) + f"-{listener}",
        "target_port": draw(st.sampled_from(["TCP:", ""])) + str(port),
        "target": draw(names | addresses),
        "check": check,
    }
    row["samples"] = draw(st.sampled_from(["", "1", "7", " 50 ", "４"]))
    kind = check.lower() or {22: "ssh", 80: "http", 443: "https"}.get(port, "tcp")
    if kind == "ssh":
        pins = draw(st.lists(st.tuples(key_types, fingerprints).map("".join), max_size=3))
        row["host_key"] = ",".join(pins)
        row["ssh_banner_only"] = "" if pins else draw(st.sampled_from(["", "true", "no"]))
    if kind in {"http", "https"}:
        row["http_status"] = draw(status_texts | st.just(""))
        row["path"] = draw(st.sampled_from(["", "/", "/status?a=b|c"]))
        row["host"] = draw(st.sampled_from(["", "app.example.com", "app.example.com:8080"]))
    if kind == "https":
        row["server_name"] = draw(st.sampled_from(["", "app.example.com"]))
        row["verify"] = draw(st.sampled_from(["", "true", "false", "off"]))
    return {key: text for key, text in row.items() if text}


tables = st.lists(ports, min_size=1, max_size=6, unique=True).flatmap(
    lambda listeners: st.tuples(*(rows(listener) for listener in listeners)).map(list)
)


def nested(row: dict[str, str]) -> dict[str, Any]:
    """A flat row in the shape of YAML and JSON."""
    expect: dict[str, Any] = {}
    if "host_key" in row:
        expect["host_key"] = row["host_key"].split(",")
    if "http_status" in row:
        expect["http"] = {"status": row["http_status"]}
    plain = {key: text for key, text in row.items() if key not in {"host_key", "http_status"}}
    return {**plain, "expect": expect} if expect else plain


def columns(table: Sequence[dict[str, str]]) -> list[str]:
    return list(dict.fromkeys(key for row in table for key in row))


def as_yaml(table: Sequence[dict[str, str]]) -> str:
    document = {"mappings": [nested(row) for row in table]}
    text: str = yaml.safe_dump(document, allow_unicode=True, sort_keys=False)
    return text


def as_json(table: Sequence[dict[str, str]]) -> str:
    return json.dumps([nested(row) for row in table], indent=1)


def as_csv(table: Sequence[dict[str, str]], delimiter: str = ",") -> str:
    keys = columns(table)
    out = StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow([key.replace("_", " ").capitalize() for key in keys])
    writer.writerows([[row.get(key, "") for key in keys] for row in table])
    return out.getvalue()


def as_markdown(table: Sequence[dict[str, str]]) -> str:
    keys = columns(table)
    lines = ["# A table", "", "before it", "", f"| {' | '.join(keys)} |", "|" + " --- |" * len(keys)]
    lines += [
        f"| {' | '.join(row.get(key, '').replace('|', chr(92) + '|') for key in keys)} |" for row in table
    ]
    return "\n".join([*lines, "", "after it", ""])
