"""An endpoint that replays the article's recording, shared by the tests that only read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from nlbcheck.lab.endpoint import AwsEndpoint, EndpointState
from tests.lab.endpoint.serving import SCENARIO


@pytest.fixture(scope="package")
def scenario() -> Iterator[AwsEndpoint]:
    with AwsEndpoint(EndpointState(SCENARIO)) as endpoint:
        yield endpoint
