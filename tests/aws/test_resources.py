"""Every resource is in the state, and every kind can be told from the others."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

from nlbcheck.aws import resources
from nlbcheck.aws.kind import Kind
from nlbcheck.aws.lookups import Lookups
from nlbcheck.aws.state import AwsState


def modules() -> Iterator[ModuleType]:
    for module in iter_modules(resources.__path__):
        yield import_module(f"{resources.__name__}.{module.name}")


def test_the_state_has_the_lookups_of_every_resource() -> None:
    written = {
        value
        for module in modules()
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Lookups) and value is not Lookups
    }
    assert written == set(AwsState.__bases__)


def test_no_two_lookups_share_a_name() -> None:
    named = [name for base in AwsState.__bases__ for name in vars(base) if not name.startswith("__")]
    assert sorted(named) == sorted(set(named))


def test_each_kind_has_a_noun_of_its_own() -> None:
    """By which the state finds what it has read of a kind."""
    kinds = {value for module in modules() for value in vars(module).values() if isinstance(value, Kind)}
    assert len({kind.noun for kind in kinds}) == len(kinds) > 0
