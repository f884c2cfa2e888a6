"""How is AWS called? The only place that knows boto3."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any

import boto3
from botocore import exceptions, xform_name
from botocore.config import Config
from botocore.parsers import ResponseParserError
from botocore.response import StreamingBody

from nlbcheck import __version__
from nlbcheck.aws.recording import rfc3339
from nlbcheck.aws.sources.bounded import LONGEST, BoundedSession
from nlbcheck.aws.sources.endpoint_url import redacted
from nlbcheck.aws.sources.genuine import check_origin
from nlbcheck.aws.sources.port import RefusedError
from nlbcheck.errors import UnseenError
from nlbcheck.model.facts import THROTTLED, AccountRegion

_KEYS = ("AccessKeyId", "SecretAccessKey", "SessionToken")
_TOKENS = ("NextToken", "NextMarker")
_MOST_PAGES = 2000
"""Pages of one answer: of the largest accounts, one has a few hundred."""
_UNREADABLE = (ResponseParserError, exceptions.PaginationError, LookupError, TypeError, AttributeError)
"""What botocore raises at an answer that is none of AWS's; it may hold keys: nothing of it is shown."""

_EVEN_HIDDEN = {"IncludeManagedResources": True}
"""The parameter by which AWS lists what its services manage, too, where a call takes it.

An account can have such resources hidden, which "remain fully operational", so that a list without them
proves no absence: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyManagedResourceVisibility.html.
Recordings that others made may lack them. They are taken as they are: nothing in them says what is hidden.
"""

_CREDENTIALS = {
    "ExpiredToken": "the credentials have expired: sign in again",
    "ExpiredTokenException": "the credentials have expired: sign in again",
    "RequestExpired": "the session token has expired (sign in again), or this machine's clock is wrong",
    "InvalidClientTokenId": "AWS does not know the access key",
    "UnrecognizedClientException": "AWS does not know the access key, or not in this Region",
    "InvalidAccessKeyId": "AWS does not know the access key",
    "AuthFailure": "AWS does not accept the credentials, or the Region is not enabled for the account",
    "SignatureDoesNotMatch": "the secret key does not match the access key, or this machine's clock is wrong",
    "OptInRequired": "the account is not subscribed to the Region or service",
}
"""Refusals that every other call would meet as well: one error, not a gap for each."""


@dataclass(frozen=True, slots=True)
class Access:
    """Which AWS to ask, and as whom; what is None comes from the environment, as with the AWS CLI."""

    profile: str | None = None
    region: str | None = None
    endpoint_url: str | None = None
    role_arn: str | None = None
    """A role to assume first."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How many seconds pass before a request is made again, attempt by attempt; then it has failed."""

    throttled: tuple[float, ...] = (0.5, 1, 2, 4, 5, 5, 5, 5, 5)
    """When AWS was asked too often, which passes."""
    failed: tuple[float, ...] = (0.2, 1)
    """When AWS could not be reached, or failed by itself."""
    answer: float = LONGEST
    """How many seconds an answer may take, from the request to its last byte."""


_PATIENT = Patience()


class Live:
    """Calls AWS. Every public method raises UnseenError for what would fail all calls alike."""

    def __init__(self, access: Access, patience: Patience = _PATIENT) -> None:
        self._access = access
        self._patience = patience
        self._clients: dict[str, Any] = {}
        self._making = Lock()
        # boto3 looks at AWS_DEFAULT_REGION only; the AWS CLI takes AWS_REGION first.
        region = access.region or os.environ.get("AWS_REGION")
        with _explained(access):
            session = boto3.Session(profile_name=access.profile, region_name=region)
            if session.region_name is None:
                raise UnseenError("no AWS Region: give --region, or set AWS_REGION or a profile's region")
            self.region: str = session.region_name
            self._session = self._assumed(session) if access.role_arn else session

    def account_region(self) -> AccountRegion:
        """Return the account and Region that the calls go to; this is itself a call."""
        try:
            identity = self.call("sts", "GetCallerIdentity", {})
        except RefusedError as refused:
            raise UnseenError(
                f"AWS does not say whose the credentials are (sts:GetCallerIdentity): {refused.code}"
            ) from refused
        account = identity.get("Account")
        if not isinstance(account, str):
            raise UnseenError(
                "AWS does not say whose the credentials are (sts:GetCallerIdentity): UnreadableAnswer"
            )
        return AccountRegion(account, self.region)

    def call(self, service: str, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Make one call and return its answer, pages merged, times as RFC 3339.

        Raises RefusedError when AWS refuses just this call, or answers it with something else than AWS would.
        """
        method = xform_name(operation)
        with _explained(self._access):
            client = self._client(service)
            asked = {**_even_hidden(client, operation), **parameters}
            try:
                if client.can_paginate(method):
                    return _merged(client.get_paginator(method).paginate(**asked))
                return _merged([getattr(client, method)(**asked)])
            except exceptions.ClientError as error:
                raise _refusal(error) from error
            except _UNREADABLE:
                raise RefusedError("UnreadableAnswer") from None

    def _client(self, service: str) -> Any:  # noqa: ANN401  # boto3 makes its classes at run time
        # Making clients is the one part of a boto3 session that threads must not share.
        with self._making:
            if service not in self._clients:
                self._clients[service] = self._made(self._session, service)
            return self._clients[service]

    def _made(self, session: Any, service: str) -> Any:  # noqa: ANN401
        config = Config(
            connect_timeout=5,
            read_timeout=30,
            retries={"mode": "standard", "total_max_attempts": 1},
            user_agent_extra=f"nlbcheck/{__version__}",
        )
        try:
            client = session.client(service, endpoint_url=self._access.endpoint_url, config=config)
        except ValueError as error:
            raise UnseenError(f"AWS cannot be asked: {redacted(str(error))}") from None
        endpoint = client._endpoint  # noqa: SLF001  # botocore has no other way to one's own session
        endpoint.http_session = BoundedSession(endpoint.http_session, self._patience.answer)
        client.meta.events.register("before-parse", check_origin)
        pace = _Pace(self._patience)
        client.meta.events.register("before-send", pace.keep)
        client.meta.events.register("needs-retry", pace.again)
        return client

    def _assumed(self, session: Any) -> Any:  # noqa: ANN401
        try:
            answer = self._made(session, "sts").assume_role(
                RoleArn=self._access.role_arn, RoleSessionName="nlbcheck"
            )
            keys = {name: str(answer["Credentials"][name]) for name in _KEYS}
        except exceptions.ClientError as error:
            code = _refusal(error).code
            raise UnseenError(f"role {self._access.role_arn} cannot be assumed: {code}") from error
        except _UNREADABLE:
            role = self._access.role_arn
            raise UnseenError(
                f"role {role} cannot be assumed: the answer of sts:AssumeRole is not readable"
            ) from None
        return boto3.Session(
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys["SessionToken"],
            region_name=session.region_name,
        )


class _Pace:
    """Makes a client's requests again, and slows all of them down while AWS throttles it.

    Buckets of requests are an account's and Region's, not a thread's. The two methods handle botocore's
    events, as its own retries do.
    """

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._open_at = 0.0

    def keep(self, **_: object) -> None:
        """Wait before a request is sent, while AWS throttles."""
        time.sleep(max(0, self._open_at - time.monotonic()))

    def again(
        self, response: tuple[Any, Any] | None, attempts: int, caught_exception: Exception | None, **_: object
    ) -> float | None:
        """Return after how many seconds a request is to be made again; None when it is not."""
        throttled = response is not None and response[1].get("Error", {}).get("Code") in THROTTLED
        broken = response is not None and response[0].status_code >= 500
        unreached = isinstance(caught_exception, (exceptions.HTTPClientError, exceptions.ConnectionError))
        if not (throttled or broken or unreached):
            return None
        pauses = self._patience.throttled if throttled else self._patience.failed
        if attempts > len(pauses):
            return None
        if throttled:
            self._open_at = time.monotonic() + pauses[attempts - 1]
        return pauses[attempts - 1]


@contextmanager
def _explained(access: Access) -> Iterator[None]:
    """Turn what botocore raises when nothing can be asked at all into one sentence."""
    try:
        yield
    except (exceptions.NoCredentialsError, exceptions.PartialCredentialsError) as error:
        raise UnseenError("no AWS credentials: sign in, or set AWS_PROFILE or --profile") from error
    except exceptions.ProfileNotFound as error:
        raise UnseenError(f"no AWS profile is named {access.profile or os.environ['AWS_PROFILE']}") from error
    except (exceptions.HTTPClientError, exceptions.ConnectionError) as error:
        raise UnseenError(f"AWS cannot be reached: {redacted(str(error))}") from None
    except exceptions.BotoCoreError as error:
        raise UnseenError(f"AWS cannot be asked: {redacted(str(error))}") from None


def _refusal(error: exceptions.ClientError) -> RefusedError:
    code = str(error.response.get("Error", {}).get("Code", "Unknown"))
    if code in _CREDENTIALS:
        raise UnseenError(f"{_CREDENTIALS[code]} ({code})") from error
    return RefusedError(code)


def _even_hidden(client: Any, operation: str) -> Mapping[str, Any]:  # noqa: ANN401
    """Return what makes a call list what is hidden, too, where it has such a parameter."""
    shape = client.meta.service_model.operation_model(operation).input_shape
    return _EVEN_HIDDEN if shape and _EVEN_HIDDEN.keys() <= shape.members.keys() else {}


def _merged(pages: Any) -> dict[str, Any]:  # noqa: ANN401  # an iterable of boto3's answers
    merged: dict[str, Any] = {}
    for number, page in enumerate(pages):
        if number == _MOST_PAGES:
            raise RefusedError("EndlessAnswer")
        for key, value in page.items():
            if isinstance(value, list) and key in merged:
                merged[key].extend(value)
            elif key not in (*_TOKENS, "ResponseMetadata"):
                merged[key] = value
    result: dict[str, Any] = _plain(merged)
    return result


def _plain(value: Any) -> Any:  # noqa: ANN401
    """Return an answer as JSON can carry it."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, StreamingBody):
        return value.read()
    return value
