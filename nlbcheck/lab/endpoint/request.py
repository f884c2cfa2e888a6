"""What does a request of the protocols query, ec2 and json ask for, and on whose behalf?"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from botocore import validate

from nlbcheck.lab.endpoint import models
from nlbcheck.lab.endpoint.failures import ApiError, CommonError
from nlbcheck.lab.endpoint.models import Operation
from nlbcheck.model.facts import AccountRegion

_SCOPE = re.compile(r"Credential=([^/,\s]+)/\d{8}/([a-z0-9-]+)/([a-z0-9-]+)/aws4_request")
_ACCOUNT = re.compile(r"\d{12}")
_DEEPEST = 12
"""Levels of a parameter; the deepest of these services has seven."""

Tree = dict[str, Any]
"""Parameters as they come: ``Filter.1.Value.1`` is a text three mappings deep."""


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signed a request, for which service, and where."""

    account_region: AccountRegion
    service: str


@dataclass(frozen=True, slots=True)
class ApiCall:
    """One call, understood."""

    account_region: AccountRegion
    operation: Operation
    parameters: Mapping[str, Any]
    dry_run: bool


def signer(authorization: str) -> Signer:
    """Read the credential scope of a signature. The access key is the number of the account.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
    """
    scope = _SCOPE.search(authorization)
    if scope is None or scope[3] not in (*models.SERVICES, *models.IN_JSON):
        raise ApiError(
            "MissingAuthenticationToken", "The request is not signed for a service replayed here", 403
        )
    account, region, service = scope[1], scope[2], models.SERVICES.get(scope[3], scope[3])
    if not _ACCOUNT.fullmatch(account):
        raise CommonError.NOT_AUTHENTICATED.error(service)
    return Signer(AccountRegion(account, region), service)


def call(signed: Signer, body: bytes) -> ApiCall:
    """Read a request's body with the call's input shape."""
    service = signed.service
    try:
        form = dict(parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True))
    except ValueError as error:
        raise ApiError("MalformedQueryString", "The query string is malformed") from error
    action = form.pop("Action", "")
    form.pop("Version", None)
    operation = models.operation(service, action)
    if operation is None:
        raise ApiError("InvalidAction", f"The action {action} is not valid for this web service")
    parameters = _parameters(operation, form)
    dry_run = parameters.pop("DryRun", False) is True
    return ApiCall(signed.account_region, operation, parameters, dry_run)


def json_call(signed: Signer, target: str, body: bytes) -> ApiCall:
    """Read a request of the protocol ``json``, whose header ``X-Amz-Target`` names the call."""
    operation = models.operation(signed.service, target.rpartition(".")[2])
    if operation is None:
        raise ApiError("UnknownOperationException", f"There is no call {target}")
    try:
        parameters = json.loads(body)
    except ValueError as error:
        raise ApiError("SerializationException", "The body is no JSON") from error
    report = validate.ParamValidator().validate(parameters, operation.model.input_shape)
    if report.has_errors():
        raise ApiError("ValidationException", " ".join(report.generate_report().split()))
    return ApiCall(signed.account_region, operation, parameters, dry_run=False)


def _parameters(operation: Operation, form: Mapping[str, str]) -> dict[str, Any]:
    tree: Tree = {}
    for name, text in form.items():
        _plant(tree, name.split("."), text, operation.service)
    shape = operation.model.input_shape
    if shape is None:
        return {}
    reader = _READERS[models.metadata(operation.service)["protocol"]](operation.service)
    parameters: dict[str, Any] = reader.structure(shape, tree, "")
    missing = [name for name in shape.required_members if name not in parameters]
    if missing:
        raise CommonError.MISSING.error(
            operation.service, f"The request must contain the parameter {', '.join(missing)}"
        )
    report = validate.ParamValidator().validate(parameters, shape)
    if report.has_errors():
        raise CommonError.BAD_VALUE.error(operation.service, " ".join(report.generate_report().split()))
    return parameters


def _plant(tree: Tree, path: list[str], text: str, service: str) -> None:
    if len(path) > _DEEPEST:
        raise CommonError.UNKNOWN_PARAMETER.error(service, f"The parameter {path[0]} is not recognized")
    for key in path[:-1]:
        inner = tree.setdefault(key, {})
        if not isinstance(inner, dict):
            raise CommonError.UNKNOWN_PARAMETER.error(
                service, f"The parameter {'.'.join(path)} is not recognized"
            )
        tree = inner
    tree[path[-1]] = text


class _Query:
    """Reads parameters as botocore's serializer for the protocol ``query`` writes them."""

    def __init__(self, service: str) -> None:
        self._service = service

    def name(self, shape: Any, usual: str) -> str:  # noqa: ANN401  # a botocore shape
        """Return what a member is called on the wire."""
        return str(shape.serialization.get("name", usual))

    def elements(self, shape: Any, tree: Tree) -> Any:  # noqa: ANN401
        """Return a list's elements by number."""
        return tree.get(self.name(shape.member, "member"), {})

    def value(self, shape: Any, found: Any, path: str) -> Any:  # noqa: ANN401
        """Read one value of a shape."""
        if shape.type_name in ("structure", "list", "map"):
            if found == "":
                found = {}  # an empty list is sent as a name without a value
            if not isinstance(found, dict):
                raise self._unknown(path)
            readers = {"structure": self.structure, "list": self._list, "map": self._map}
            return readers[shape.type_name](shape, found, path)
        if not isinstance(found, str):
            raise self._unknown(path)
        try:
            return _scalar(shape.type_name, found)
        except ValueError as error:
            raise CommonError.BAD_VALUE.error(
                self._service, f"Value ({found}) for parameter {path} is invalid: expected {shape.type_name}"
            ) from error

    def structure(self, shape: Any, tree: Tree, path: str) -> dict[str, Any]:  # noqa: ANN401
        """Read a structure; what the model does not have is refused."""
        names = {self.name(member, key): key for key, member in shape.members.items()}
        unknown = tree.keys() - names.keys()
        if unknown:
            raise self._unknown(_join(path, min(unknown)))
        return {
            names[wire]: self.value(shape.members[names[wire]], found, _join(path, wire))
            for wire, found in tree.items()
        }

    def _list(self, shape: Any, tree: Tree, path: str) -> list[Any]:  # noqa: ANN401
        elements = self.elements(shape, tree)
        return [self.value(shape.member, found, path) for found in self._in_order(elements, path)]

    def _map(self, shape: Any, tree: Tree, path: str) -> dict[str, Any]:  # noqa: ANN401
        entries = self._in_order(tree.get("entry", {}), path)
        return {
            self.value(shape.key, entry.get("key", ""), path): self.value(
                shape.value, entry.get("value", ""), path
            )
            for entry in entries
            if isinstance(entry, dict)
        }

    def _in_order(self, elements: Any, path: str) -> Iterator[Any]:  # noqa: ANN401
        if not isinstance(elements, dict) or not all(key.isdecimal() for key in elements):
            raise self._unknown(path)
        return (elements[key] for key in sorted(elements, key=int))

    def _unknown(self, path: str) -> ApiError:
        return CommonError.UNKNOWN_PARAMETER.error(self._service, f"The parameter {path} is not recognized")


class _Ec2(_Query):
    """Reads parameters of the protocol ``ec2``: other names, and lists without a level of their own."""

    def name(self, shape: Any, usual: str) -> str:  # noqa: ANN401
        """Return what a member is called on the wire."""
        if "queryName" in shape.serialization:
            return str(shape.serialization["queryName"])
        name = str(shape.serialization.get("name", ""))
        return name[:1].upper() + name[1:] or usual

    def elements(self, shape: Any, tree: Tree) -> Any:  # noqa: ANN401
        """Return a list's elements by number."""
        return tree


_READERS: dict[str, type[_Query]] = {"query": _Query, "ec2": _Ec2}


def _scalar(type_name: str, text: str) -> object:
    """Read text as one of a model's scalar types; ValueError where it is none."""
    match type_name:
        case "integer" | "long":
            return int(text)
        case "float" | "double":
            return float(text)
        case "boolean" if text not in ("true", "false"):
            raise ValueError(text)
        case "boolean":
            return text == "true"
        case _:
            return text


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
