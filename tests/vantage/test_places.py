"""What does a place mean, what is none, and what does one cost that cannot be opened?"""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlbcheck.errors import InputError, UnseenError
from nlbcheck.escape import printable
from nlbcheck.model import THIS_MACHINE, Check, Client, Status
from nlbcheck.model.where import Where, check_names
from nlbcheck.probes.limits import Limits
from nlbcheck.vantage import places
from nlbcheck.vantage.local import ThisMachine
from nlbcheck.vantage.places import Unopened, opened, opened_all
from tests.probes.probing import endpoint
from tests.run import seats

NAMES = st.text(string.ascii_letters + string.digits + "-_. ", min_size=1).filter(lambda name: name.strip())
HOSTS = st.from_regex(r"([a-z]{1,8}@)?[a-z0-9][a-z0-9.]{0,19}(:[1-9][0-9]{0,3})?", fullmatch=True)
INSTANCES = st.from_regex(r"i-[0-9a-f]{8,17}|tag:[A-Za-z]{1,9}=[a-z]{1,9}", fullmatch=True)
PLACES = st.one_of(st.just("local"), HOSTS.map("ssh://{}".format), INSTANCES.map("ssm://{}".format))


@given(st.one_of(st.none(), NAMES), PLACES)
def test_what_is_written_is_read_again(name: str | None, place: str) -> None:
    where = Where(place, name.strip() if name else None)
    assert Where.parse(str(where)) == where


@given(st.text())
def test_any_text_is_a_place_or_a_mistake(text: str) -> None:
    said = ""
    try:
        scheme = Where.parse(text).scheme
    except ValueError as error:
        scheme, said = "", str(error)
    assert scheme in ("ssh", "ssm", "local", "")
    assert printable(said) == said
    assert bool(said) is not bool(scheme)


@pytest.mark.parametrize(
    ("text", "scheme", "address", "label"),
    [
        ("local", "local", "", "local"),
        ("1c=ssh://ec2-user@10.0.0.5:2222", "ssh", "ec2-user@10.0.0.5:2222", "1c"),
        ("ssh://[2001:db8::1]", "ssh", "[2001:db8::1]", "ssh://[2001:db8::1]"),
        ("ssm://tag:Role=client", "ssm", "tag:Role=client", "ssm://tag:Role=client"),
        ("all clients=ssm://tag:Role=client", "ssm", "tag:Role=client", "all clients"),
        ("ssm://mi-0123456789abcdef0", "ssm", "mi-0123456789abcdef0", "ssm://mi-0123456789abcdef0"),
    ],
)
def test_parts(text: str, scheme: str, address: str, label: str) -> None:
    where = Where.parse(text)
    assert (where.scheme, where.address, where.label) == (scheme, address, label)


@pytest.mark.parametrize(
    "text",
    ["", "here", "ssh://", "ssh://a b", "ssh://-oProxyCommand=x", "ssh://-l@host", "ssh://host:0",
     "ssh://host:65536", "ssh://host/path", "http://host", "ssm://", "ssm://tag:Role", "ssm://x-1", "LOCAL",
     "=local", "a\x1b=local", "ssh://me:secret@host", "a=ssh://me:@host"],
)  # fmt: skip
def test_no_places(text: str) -> None:
    with pytest.raises(
        ValueError, match=r"expected (ssh|text)" if "secret" not in text else "no password is ever sent"
    ):
        Where.parse(text)


def test_this_machine_is_a_place_under_any_name() -> None:
    with opened(Where.parse("office=local")) as (point,):
        assert isinstance(point, ThisMachine)
        assert point.identity("127.0.0.1") == Client("office", "127.0.0.1")
    with opened_all(()) as (point,):
        assert point.identity().source == THIS_MACHINE


def test_one_that_cannot_be_opened_costs_itself_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(places._MODULES, "ssh", seats.__name__)
    with opened_all([Where.parse("office=local"), Where.parse("1c=ssh://nowhere")]) as (here, lost):
        assert here.identity().source == "office"
        assert isinstance(lost, Unopened)
        assert lost.identity("127.0.0.1") == Client("1c", error="ssh://nowhere: the host cannot be reached")
        (seen,) = lost.probe([endpoint(1, Check.TCP)], Limits()).results
        assert seen.status is Status.INTERRUPTED
    none = opened_all([Where.parse("1c=ssh://nowhere")])
    with pytest.raises(UnseenError, match="1c: ssh://nowhere: the host cannot be reached"), none:
        pass


def test_two_of_one_name_are_a_mistake() -> None:
    with pytest.raises(InputError, match="two vantage points are called 'a': give each a name of its own"):
        check_names([Where.parse("a=local"), Where.parse("a=ssh://x"), Where.parse("b=local")])


@pytest.mark.parametrize("name", ["this machine", "local", " local "])
def test_no_other_host_is_called_as_this_machine(name: str) -> None:
    with pytest.raises(ValueError, match="is this machine: expected another name"):
        Where.at("ssh://host", name)
    assert Where.at("local", "this machine").name == "this machine"
