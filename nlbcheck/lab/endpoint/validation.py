"""Is a recording what AWS could have answered, field by field?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import botocore
from botocore import validate

from nlbcheck.aws.recording import AnsweredCall, Recording
from nlbcheck.errors import InputError
from nlbcheck.lab.endpoint import models


def check(recording: Recording, checked: Sequence[AnsweredCall] = ()) -> None:
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


def of_call(service: str, name: str, parameters: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with a call: that there is no such, or parameters that it does not take."""
    operation = models.operation(service, name) if service in models.SERVICES.values() else None
    return _report(parameters, operation.model.input_shape) if operation else [_NO_SUCH_CALL]


_NO_SUCH_CALL = (
    f"no such call: the lab knows those of {', '.join(models.SERVICES.values())} as botocore names them"
)


def _problems(answer: AnsweredCall) -> Iterator[str]:
    known = answer.service in models.SERVICES.values()
    operation = models.operation(answer.service, answer.operation) if known else None
    if operation is None:
        yield _NO_SUCH_CALL
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
