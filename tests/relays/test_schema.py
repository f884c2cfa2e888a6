# ruff: noqa: E501 - one case a line
"""Does the JSON Schema accept what the validator accepts, and is a written table the same table?"""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from nlbcheck.errors import InputError
from nlbcheck.relays import document, load
from nlbcheck.relays.row_keys import inside
from nlbcheck.relays.schema import SCHEMA
from nlbcheck.relays.validate import KEYS
from tests.relays import build
from tests.relays.build import SAMPLES

VALIDATOR = Draft202012Validator(SCHEMA)
JUNK = st.sampled_from(
    [None, True, 0, 22, 1.5, -1, 70000, "", " ", "x", "TCP:1", "10.0.0.1", "ssh", "/", "転送", [], ["x"], [22], {}, {"x": "y"}]
)  # fmt: skip


def forbidden() -> st.SearchStrategy[dict[str, Any]]:
    """An entry of what nobody may reach; a row has no name like its."""
    needed = {
        "name": st.integers(0, 9).map("closed {}".format),
        "address": build.addresses,
        "port": st.integers(1, 65535),
    }
    return st.fixed_dictionaries(needed, optional={"client": build.addresses, "protocol": st.just("tcp")})


@st.composite
def documents(draw):
    """A table in the shape of JSON, perhaps with one thing changed at some depth."""
    top = {"mappings": [build.nested(row) for row in draw(build.tables)]}
    top |= draw(
        st.fixed_dictionaries(
            {},
            optional={
                "load_balancer": build.names,
                "region": st.just("eu-west-1"),
                "client": build.addresses | build.names,
                "client_profile": build.names,
                "profile": build.names,
                "role_arn": st.sampled_from(
                    ["arn:aws:iam::123456789012:role/a/b", "role/x", "arn:aws:iam::1:role/x"]
                ),
                "static_ips": st.lists(build.addresses, min_size=1, max_size=3)
                | st.dictionaries(build.names, build.addresses, min_size=1, max_size=3),
                "targets": st.dictionaries(build.names, build.addresses, max_size=3),
                "forbidden": st.lists(forbidden(), max_size=2, unique_by=lambda entry: str(entry["name"])),
            },
        )
    )
    for _ in range(draw(st.integers(0, 2))):
        change(draw, top)
    return top if draw(st.booleans()) else top.get("mappings", [])


def change(draw: st.DrawFn, here: Any) -> None:
    """Replace, add or remove one value, at a random place."""
    while True:
        places = list(here) if isinstance(here, dict) else list(range(len(here)))
        extra = [*KEYS, *inside(""), "http", "host_key", "status", "header", "junk"]
        if not places or draw(st.integers(0, 4)) == 0:
            if isinstance(here, dict):
                here[draw(st.sampled_from(extra))] = copy.deepcopy(draw(JUNK))
            else:
                here.append(copy.deepcopy(draw(JUNK)))
            return
        place = draw(st.sampled_from(places))
        if isinstance(here[place], (dict, list)) and draw(st.integers(0, 3)):
            here = here[place]
            continue
        if draw(st.booleans()):
            del here[place]
        else:
            here[place] = copy.deepcopy(draw(JUNK))
        return


@settings(max_examples=100)
@given(content=documents())
@example([{"listener": "TCP:1", "target_group": "g", "target_port": 1, "target": "t", "verify": []}])
@example(
    [{"listener": "TLS:1", "target_group": "g", "target_port": 22, "target": "t", "ssh_banner_only": "true"}]
)
def test_what_the_validator_accepts_the_schema_accepts(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "schema.json"
    path.write_text(json.dumps(content))
    try:
        table = load(path)
    except InputError:
        return
    assert [error.message for error in VALIDATOR.iter_errors(content)] == []
    written = document.of_table(table)
    VALIDATOR.validate(written)
    path.write_text(json.dumps(written))
    again = load(path)
    assert replace(again, rows=()) == replace(table, rows=())
    assert [replace(row, place="") for row in again.rows] == [replace(row, place="") for row in table.rows]


def test_the_schema_is_one_and_knows_every_key():
    Draft202012Validator.check_schema(SCHEMA)
    schema: Any = SCHEMA
    top, row = schema["anyOf"][0], schema["$defs"]["row"]
    assert set(top["properties"]) == set(KEYS)
    assert set(row["properties"]) == set(inside(""))
    assert all("description" in value for value in [*top["properties"].values(), *row["properties"].values()])


@pytest.mark.parametrize("name", ["nlbcheck.yaml", "nlbcheck.json", "relay-large.yaml"])
def test_the_samples_fit(name):
    VALIDATOR.validate(yaml.safe_load((SAMPLES / name).read_text()))


@pytest.mark.parametrize(
    "wrong",
    [
        {"mappings": []},
        {"mapings": [{}]},
        [{"listener": 70000, "target_group": "a", "target_port": 22, "target": "x"}],
        [{"listener": 7, "target_group": "a", "target_port": 22, "target": "x", "chek": "ssh"}],
        [{"listener": 7, "target_group": "a", "target_port": 22}],
        [{"listener": 7, "target_group": "a", "target_port": 22, "target": "x", "check": "ftp"}],
        [
            {
                "listener": 7,
                "target_group": "a",
                "target_port": 22,
                "target": "x",
                "expect": {"host_key": "MD5:x"},
            }
        ],
    ],
)
def test_the_schema_refuses_what_is_wrong(wrong):
    assert not VALIDATOR.is_valid(wrong)
