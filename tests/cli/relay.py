"""The article's relay as files, and as an endpoint that answers like AWS, for commands to look at."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any
from unittest.mock import patch

from nlbcheck.aws import recording
from nlbcheck.aws.recording import Recording
from nlbcheck.cli import main
from nlbcheck.lab.endpoint import AwsEndpoint, EndpointState, environment
from nlbcheck.model.facts import AccountRegion
from tests.scenarios.article import article
from tests.scenarios.cloud import Cloud

TABLE = Path(__file__).parents[2] / "sample_configs" / "nlbcheck.yaml"
SNAPSHOT = TABLE.with_name("snapshot.json")
HOME = AccountRegion("123456789012", "ap-northeast-1")

NO_AWS = {
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    "AWS_EC2_METADATA_DISABLED": "true",
}
"""No credentials, and nobody to show them to."""


def written(path: Path, *mutations: Callable[[Cloud], object]) -> Path:
    """Write the recording of the article's network after some changes."""
    cloud = article()
    for mutate in mutations:
        mutate(cloud)
    recording.write(path, cloud.recording())
    return path


def edited(path: Path, edit: Callable[[dict[str, Any]], object]) -> Path:
    """Write the article's snapshot as JSON after an edit."""
    document = json.loads(SNAPSHOT.read_text())
    edit(document)
    path.write_text(json.dumps(document))
    return path


def called(*arguments: str | Path, env: Mapping[str, str] | None = None) -> CompletedProcess[str]:
    """Run the command line in this process: what does not need one of its own is quicker so."""
    streams = (
        io.TextIOWrapper(io.BytesIO(), encoding="utf-8"),
        io.TextIOWrapper(io.BytesIO(), encoding="utf-8"),
    )
    argv = ["nlbcheck", *map(str, arguments)]
    status = 0
    with (
        patch.dict(os.environ, env or {}),
        patch.object(sys, "argv", argv),
        redirect_stdout(streams[0]),
        redirect_stderr(streams[1]),
    ):
        try:
            main()
        except SystemExit as end:
            status = int(end.code or 0)
    said = []
    for stream in streams:
        stream.seek(0)
        said.append(stream.read())
    return CompletedProcess(argv, status, *said)


@contextmanager
def aws(found: Recording | None = None) -> Iterator[tuple[AwsEndpoint, Mapping[str, str]]]:
    """Yield an endpoint that answers from a recording, and the environment of a command that asks it."""
    with AwsEndpoint(EndpointState(found or recording.read(SNAPSHOT))) as endpoint:
        settings = environment(endpoint.url, HOME, os.environ)
        yield endpoint, {name: value for name, value in settings.items() if name not in os.environ}


def on_loopback(folder: Path, port: int) -> tuple[Path, Path]:
    """Write snapshot and table of the article with the node of zone 1a at 127.0.0.1, for row tg-10022 only.

    Its listener is on ``port``; targets and the rest stand elsewhere in 127.0.0.0/8.
    """
    text = SNAPSHOT.read_text()
    for old, new in (
        ("172.31.0.0/16", "127.0.0.0/8"),
        ("172.31.128.10", "127.0.0.1"),
        ("172.31.128.0/24", "127.0.0.0/24"),
        ("172.31.", "127.31."),
        ('"Port": 10022', f'"Port": {port}'),
    ):
        text = text.replace(old, new)
    snapshot = folder / "snapshot.json"
    snapshot.write_text(text)
    table = folder / "nlbcheck.yaml"
    table.write_text(
        "load_balancer: example-nlb\n"
        "region: ap-northeast-1\n"
        "client: 192.168.1.214\n"
        "static_ips: {ap-northeast-1a: 127.0.0.1}\n"
        "mappings:\n"
        f"  - {{listener: {port}, target_group: tg-10022, target_port: 22, target: 127.31.129.10}}\n"
    )
    return snapshot, table
