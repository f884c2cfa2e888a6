"""What do the ``.tf`` files of a folder say?"""

from __future__ import annotations

from pathlib import Path

from nlbcheck.aws.fields import AfterApply
from nlbcheck.contents import too_deep
from nlbcheck.errors import InputError
from nlbcheck.terraform.change import Loaded
from nlbcheck.terraform.hcl import syntax
from nlbcheck.terraform.hcl.bounds import TooMuchError, bounded
from nlbcheck.terraform.hcl.expressions import Scope, value
from nlbcheck.terraform.hcl.functions import HclValue
from nlbcheck.terraform.hcl.modules import CalledModule


def read(path: Path) -> Loaded:
    """Return the resources of a folder, or of one file; InputError where it is not HCL, or holds no file."""
    root = path if path.is_dir() else path.parent
    try:
        with bounded():
            module = CalledModule(path, root, _variables(root))
            changes = tuple(module.resources())
            return Loaded(str(path), changes, _region(module), tuple(dict.fromkeys(module.remarks)))
    except TooMuchError as error:
        raise InputError(f"{path}: {error}") from None
    except RecursionError:
        raise too_deep(str(path)) from None


def _variables(root: Path) -> dict[str, HclValue]:
    """Return the variables that files set, as Terraform reads them: the later one counts."""
    found: dict[str, HclValue] = {}
    for file in [root / "terraform.tfvars", *sorted(root.glob("*.auto.tfvars"))]:
        if file.is_file():
            body = syntax.read(file)
            for name, node in body.attributes.items():
                found[name] = value(node, Scope(_NoNames()), f"var.{name}")
    return found


class _NoNames:
    """In a file of variables nothing has a name."""

    def named(self, name: str) -> HclValue:
        return AfterApply(name)

    def file(self, path: str) -> str:
        raise ValueError(path)


def _region(module: CalledModule) -> str | None:
    for block in module.body.of("provider"):
        if (
            block.labels == ("aws",)
            and "region" in block.body.attributes
            and "alias" not in block.body.attributes
        ):
            found = value(block.body.attributes["region"], Scope(module), "region")
            return found if isinstance(found, str) else None
    return None
