"""Which kind of Terraform's files is this, and what does it hold?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nlbcheck import contents
from nlbcheck.errors import InputError
from nlbcheck.terraform import raw_state, shapes, show
from nlbcheck.terraform.change import Loaded

_SHOWN = 5


def read(path: Path) -> Loaded:
    """Read a plan, a state, or a folder of ``.tf`` files; what is wrong with it is one InputError."""
    if path.is_dir() or path.suffix == ".tf":
        from nlbcheck.terraform.hcl import folder  # python-hcl2 is slow to import

        return _checked(folder.read(path))
    document = _document(path)
    if show.is_plan(document):
        return shapes.checked(_checked(_parsed(path, show.of_plan, document)))
    if raw_state.is_raw(document):
        return _checked(_parsed(path, raw_state.of_document, document))
    if show.is_state(document):
        return _checked(_parsed(path, show.of_state, document))
    raise InputError(f"{path}: {_EXPECTED}")


def read_plan(path: Path) -> Loaded:
    """Read a plan: what an apply changes; InputError where the file is none."""
    document = _document(path)
    if not show.is_plan(document):
        known = raw_state.is_raw(document) or show.is_state(document)
        told = "a state says nothing of what an apply changes: " if known else ""
        raise InputError(f"{path}: {told}{_PLAN}")
    return shapes.checked(_checked(_parsed(path, show.of_plan, document)))


_PLAN = "expected a plan as JSON: terraform plan -out=FILE, then terraform show -json FILE"
_EXPECTED = (
    "not Terraform's: expected what terraform show -json prints of a plan or a state, a state file of "
    "version 4, or a folder of .tf files"
)


def _parsed(path: Path, parse: Any, document: Mapping[str, Any]) -> Loaded:  # noqa: ANN401
    try:
        loaded: Loaded = parse(document, str(path))
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path}: not as Terraform writes it: {error!r}") from error
    except ValueError:  # its text may hold the value, which may be a secret
        raise InputError(f"{path}: not as Terraform writes it: a value of another type") from None
    return loaded


def _document(path: Path) -> Mapping[str, Any]:
    try:
        found = contents.read(path)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from error
    document = contents.parsed(found, str(path), expected=_PLAN)
    if not isinstance(document, Mapping):
        raise InputError(f"{path}: {_EXPECTED}")
    return document


def filled(loaded: Loaded) -> Loaded:
    """Return what holds a resource; InputError where nothing is there, as after terraform destroy."""
    if not any(item.after is not None for item in loaded.changes):
        told = "\n".join([f"{loaded.source}: holds no resource that is there, or will be", *loaded.remarks])
        raise InputError(*told.splitlines())
    return loaded


def _checked(loaded: Loaded) -> Loaded:
    """Return what was read; InputError where two resources have one address."""
    twice = [name for name, times in Counter(item.address for item in loaded.changes).items() if times > 1]
    if twice:
        more = f" and {len(twice) - _SHOWN} more" if len(twice) > _SHOWN else ""
        raise InputError(
            f"{loaded.source}: two resources have one address: {', '.join(twice[:_SHOWN])}{more}"
        )
    return loaded
