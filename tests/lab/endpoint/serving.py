"""Real boto3 clients that ask an endpoint in this process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from nlbcheck.aws import recording
from nlbcheck.aws.recording import AnsweredCall, Recording, RefusedCall
from nlbcheck.lab.endpoint import AwsEndpoint
from nlbcheck.model.facts import AccountRegion
from tests.scenarios.article import SNAPSHOT

HOME = AccountRegion("123456789012", "ap-northeast-1")
SCENARIO = recording.read(SNAPSHOT)


@cache
def session() -> Any:
    """Return the session whose loaded models all tests share."""
    return botocore.session.get_session()


@cache
def client(
    endpoint: AwsEndpoint, service: str = "ec2", account_region: AccountRegion = HOME, key: str | None = None
) -> Any:
    """Return a client that asks as an account, and tries every call once."""
    return made(endpoint, service, account_region, key)


def made(
    endpoint: AwsEndpoint,
    service: str = "ec2",
    account_region: AccountRegion = HOME,
    key: str | None = None,
    **settings: Any,
) -> Any:
    """Return a client with settings of its own."""
    return session().create_client(
        service,
        region_name=account_region.region,
        endpoint_url=endpoint.url,
        aws_access_key_id=key or account_region.account,
        aws_secret_access_key="secret",
        config=Config(
            **{"retries": {"mode": "standard", "total_max_attempts": 1}, "proxies": {}, **settings}
        ),
    )


def recorded(*items: AnsweredCall | RefusedCall) -> Recording:
    """Return a recording of some answers and refusals."""
    return Recording(
        datetime(2026, 11, 22, tzinfo=UTC),
        "0.1.0",
        tuple(item for item in items if isinstance(item, AnsweredCall)),
        tuple(item for item in items if isinstance(item, RefusedCall)),
    )


def answered(
    operation: str, response: Mapping[str, Any], service: str = "ec2", **parameters: Any
) -> AnsweredCall:
    return AnsweredCall(HOME.account, HOME.region, service, operation, parameters, response)


def plain(value: Any) -> Any:
    """Return what boto3 gave as a recording has it."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items() if key != "ResponseMetadata"}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return recording.rfc3339(value) if isinstance(value, datetime) else value


def refused(call: Callable[[], object]) -> tuple[str, int]:
    """Return the error code and status of a call that must be refused."""
    with pytest.raises(ClientError) as caught:
        call()
    response = caught.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]
