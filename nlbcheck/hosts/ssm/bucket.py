"""How does output that is longer than AWS keeps come back through an S3 bucket?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import unquote, urlsplit

from nlbcheck.aws.sources.port import RefusedError, Source
from nlbcheck.hosts.host import Ran

_PREFIX = "nlbcheck"


def request(bucket: str) -> dict[str, Any]:
    """Return the parameters that let a command's output go to a bucket, too."""
    return {"OutputS3BucketName": bucket, "OutputS3KeyPrefix": _PREFIX}


def whole(source: Source, bucket: str, answer: Mapping[str, Any], ran: Ran) -> Ran:
    """Return what ran with all of its output, read from the bucket; as it was, where that cannot be read."""
    key = _key(bucket, str(answer.get("StandardOutputUrl") or ""))
    if key is None:
        return ran
    try:
        body = source.call("s3", "GetObject", {"Bucket": bucket, "Key": key}).get("Body")
    except RefusedError:
        return ran
    return (
        replace(ran, output=body.decode("utf-8", "replace"), is_cut=False) if isinstance(body, bytes) else ran
    )


def _key(bucket: str, url: str) -> str | None:
    """Return the object that a URL of AWS's means, where it lies in the bucket and under our prefix."""
    path = unquote(urlsplit(url).path).lstrip("/")
    key = path.removeprefix(f"{bucket}/")
    return key if key.startswith(f"{_PREFIX}/") else None
