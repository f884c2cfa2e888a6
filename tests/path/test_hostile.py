"""Whatever a recording holds, a walk ends in findings, not in a traceback."""

from __future__ import annotations

import copy
from ipaddress import ip_address
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from nlbcheck.aws import recording
from nlbcheck.aws.state import AwsState
from nlbcheck.errors import InputError
from nlbcheck.model import Verdict
from nlbcheck.model.facts import NotVisible
from nlbcheck.path.reach import Reach, trace
from nlbcheck.path.walk import walk_row
from tests.path import networks
from tests.scenarios.article import CLIENT, article

ARTICLE = recording.document(article().recording())
NETWORKS = {name: recording.document(make().cloud.recording()) for name, make in networks.ALL.items()}
ODD: list[Any] = [
    *(None, "", "junk", "::1", "2001:db8::/32", 0, -1, 10**30, True),
    *([], {}, [None], ["junk"], [{}]),
]
JUNK = st.sampled_from(ODD)


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the way to every value inside the responses of a recording."""
    inner: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    found = [path] if path else []
    for key, item in inner:
        found += paths(item, (*path, key))
    return found


def responses(document: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [
        ("answers", number, "response", *path)
        for number, answer in enumerate(document["answers"])
        for path in paths(answer["response"])
    ]


def spoilt(document: dict[str, Any], changes: list[tuple[tuple[Any, ...], Any]], *, drop: bool) -> AwsState:
    changed = copy.deepcopy(document)
    for path, value in changes:
        place = changed
        try:
            for key in path[:-1]:
                place = place[key]
            if drop:
                del place[path[-1]]
            else:
                place[path[-1]] = copy.deepcopy(value)
        except (KeyError, IndexError, TypeError):
            continue  # another change has taken it away
    return AwsState(recording.parse(changed, "spoilt"))


ARTICLE_PATHS = responses(ARTICLE)
NETWORK_PATHS = {name: responses(document) for name, document in NETWORKS.items()}


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(ARTICLE_PATHS), JUNK), min_size=1, max_size=6),
    st.booleans(),
    st.sampled_from([10022, 20022, 30080]),
)
def test_a_spoilt_recording_of_a_relay(
    changes: list[tuple[tuple[Any, ...], Any]], drop: bool, port: int
) -> None:
    state = spoilt(ARTICLE, changes, drop=drop)
    for balancer in state.load_balancers:
        nodes = state.nodes(balancer)
        for node in () if isinstance(nodes, NotVisible) else nodes:
            try:
                walk = walk_row(state, balancer, node, port, "TCP", CLIENT)
            except InputError:
                continue
            assert isinstance(walk.verdict, Verdict)
            assert all(finding.summary for finding in walk.findings)


@settings(max_examples=150, deadline=None)
@given(st.data(), st.sampled_from(sorted(NETWORKS)), st.booleans())
def test_a_spoilt_recording_of_a_small_network(data: st.DataObject, name: str, drop: bool) -> None:
    change = st.tuples(st.sampled_from(NETWORK_PATHS[name]), JUNK)
    state = spoilt(NETWORKS[name], data.draw(st.lists(change, min_size=1, max_size=6)), drop=drop)
    network = networks.ALL[name]()
    try:
        found = trace(state, network.source, ip_address(network.destination), network.port)
    except InputError:
        return
    assert isinstance(found.reach, Reach)
