"""Makes the call of a printed ``aws`` command line with boto3, which reads it as the AWS CLI does.

Options are the operation's members in kebab case; a list of scalars is a list of words, structures and lists
of them are JSON (https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-parameters.html).
"""

from __future__ import annotations

import json
import shlex
from typing import Any

from botocore import xform_name

_ON_ITS_OWN = {"--ingress": ("--egress", False)}
"""Options that the AWS CLI has and the API has not."""


def run(session: Any, line: str) -> str:
    """Run one command line in a boto3 session and return the name of the operation."""
    _, service, name, *words = shlex.split(line)
    client = session.client(service)
    operation: str = {xform_name(each, "-"): each for each in client.meta.service_model.operation_names}[name]
    shape = client.meta.service_model.operation_model(operation).input_shape
    members = {f"--{xform_name(member, '-')}": member for member in shape.members}
    parameters: dict[str, Any] = {}
    for option, values in _options(words):
        positive = option.replace("--no-", "--", 1)
        positive, yes = _ON_ITS_OWN.get(option, (positive, option == positive))
        member = shape.members[members[positive]]
        parameters[members[positive]] = _value(member, values) if values else _flag(member, yes=yes)
    getattr(client, xform_name(operation))(**parameters)
    return operation


def _options(words: list[str]) -> list[tuple[str, list[str]]]:
    found: list[tuple[str, list[str]]] = []
    for word in words:
        if word.startswith("--"):
            found.append((word, []))
        else:
            found[-1][1].append(word)
    return found


def _flag(shape: Any, *, yes: bool) -> Any:
    return {"Value": yes} if shape.type_name == "structure" else yes


def _value(shape: Any, words: list[str]) -> Any:
    if shape.type_name == "list" and shape.member.type_name not in ("structure", "list", "map"):
        return [_value(shape.member, [word]) for word in words]
    (word,) = words
    if shape.type_name in ("structure", "list", "map"):
        return json.loads(word)
    return int(word) if shape.type_name in ("integer", "long") else word
