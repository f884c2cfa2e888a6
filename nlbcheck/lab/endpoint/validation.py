"""Is a recording what AWS could have answered, field by field?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import botocore
from botocore import validate

from nlbcheck.aws.recording import Answer, Recording
from nlbcheck.errors import InputError
from nlbcheck.lab.endpoint import models


def check(recording: Recording, checked: Sequence[Answer] = ()) -> None:
    """Raise an InputError that names every answer and field that no answer of AWS has.

    Answers that are among those that were ``checked`` already are not looked at again.
    """
    known = set(map(id, checked))
    problems = [
        f"answers[{number}] ({answer.service}:{answer.operation}): {problem}"
        for number, answer in enumerate(recording.answers)
        if id(answer) not in known
        for problem in _problems(answer)
    ]
    if problems:
        hint = f"this is what botocore {botocore.__version__} does not know; a newer one may"
        raise InputError(*problems, hint)


def _problems(answer: Answer) -> Iterator[str]:
    known = answer.service in models.SERVICES.values()
    operation = models.operation(answer.service, answer.operation) if known else None
    if operation is None:
        services = ", ".join(models.SERVICES.values())
        yield f"no such call: the lab replays calls of {services} as botocore names them"
        return
    for part, value, shape in (
        ("parameters", answer.parameters, operation.model.input_shape),
        ("response", answer.response, operation.model.output_shape),
    ):
        for problem in _report(value, shape):
            yield f"{part}: {problem}"


def _report(value: Mapping[str, Any], shape: Any) -> list[str]:  # noqa: ANN401  # a botocore shape
    if shape is None:
        return [f"expected nothing, found {', '.join(value)}"] if value else []
    report = validate.ParamValidator().validate(dict(value), shape)
    return report.generate_report().splitlines() if report.has_errors() else []
