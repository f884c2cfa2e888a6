"""Does a mistyped address end in what is plainly meant, or in what was expected?"""

from __future__ import annotations

from pathlib import Path

import pytest

from nlbcheck.errors import InputError
from nlbcheck.relays import load
from tests.cli.running import nlbcheck

ROW = "mappings: [{listener: TCP:1, target_group: a, target_port: 22, target: x}]\n"
EXPECTED = "expected four numbers from 0 to 255, such as 172.31.128.10"


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("172.31.128.1O", "perhaps 172.31.128.10 is meant"),
        ("l72.31.128.1O", "perhaps 172.31.128.10 is meant"),
        ('"172.31,128.10"', "perhaps 172.31.128.10 is meant"),
        ("172.31.128.256", "256 is more than 255"),
        ("172.31.128.010", "010 begins with 0"),
        ("172.31.128", EXPECTED),
        ("172.31", EXPECTED),
        ("17", EXPECTED),
        ("172.31.128.10.1", EXPECTED),
        ("172.31.12B.10", EXPECTED),
        ("O.O.O.O", EXPECTED),
        ("172.31.128." + "9" * 3000, EXPECTED),
        ("172.31.128.²", "perhaps"),
    ],
)
def test_what_was_expected_is_told(tmp_path: Path, typed: str, told: str) -> None:
    file = tmp_path / "t.yaml"
    file.write_text(f"{ROW}static_ips: {{a: {typed}}}\n")
    if told == "perhaps":  # NFKC makes a digit of it
        assert str(load(file).static_ips[0].address) == "172.31.128.2"
        return
    with pytest.raises(InputError) as caught:
        load(file)
    (problem,) = caught.value.problems
    assert problem.startswith(f"{file}:2: static_ips.a: ")
    assert problem.endswith(f" is not an IPv4 address: {told}")


@pytest.mark.parametrize("typed", ["172.31.128.1O", "l72.31.128.10"])
def test_a_target_that_is_an_address_but_for_its_letters_is_no_name(tmp_path: Path, typed: str) -> None:
    """Else its row is held against AWS without an address: another server behind it is not seen."""
    file = tmp_path / "t.yaml"
    file.write_text(ROW.replace("target: x", f"target: {typed}"))
    with pytest.raises(InputError) as caught:
        load(file)
    (problem,) = caught.value.problems
    assert problem.endswith(f"'{typed}' is not an IPv4 address: perhaps 172.31.128.10 is meant")


def test_a_name_with_dots_and_letters_is_a_name(tmp_path: Path) -> None:
    file = tmp_path / "t.yaml"
    file.write_text(ROW.replace("target: x", "target: [web1.example.com, lOO.O, 10-0-0-1.lan]"))
    assert [target.name for target in load(file).rows[0].targets] == [
        "web1.example.com",
        "lOO.O",
        "10-0-0-1.lan",
    ]


def test_a_mask_behind_an_address_is_no_name(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text("Listener,Target group,Target port,Target\nTCP:1,a,22,172.31.129.10/32\n")
    with pytest.raises(InputError) as caught:
        load(file)
    assert f"'172.31.129.10/32' is not an IPv4 address: {EXPECTED}" in str(caught.value)


def test_the_option_tells_the_same(tmp_path: Path) -> None:
    done = nlbcheck("mapping", "show", "--static-ip", "a=172.31.128.1O", cwd=tmp_path)
    assert done.returncode == 2
    assert "'172.31.128.1O' is not an IPv4 address: perhaps 172.31.128.10 is meant" in done.stderr
