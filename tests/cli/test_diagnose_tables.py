"""``nlbcheck diagnose`` and ``smoke`` of several tables: accounts of their own, answers asked for once."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from nlbcheck.aws import recording
from nlbcheck.lab.endpoint import AwsEndpoint
from tests.cli.relay import HOME, SNAPSHOT, TABLE, aws, called

OTHER = {"123456789012": "210987654321", "ap-northeast-1": "ap-northeast-3", "example-nlb": "osaka-nlb"}
"""The article's network once more, in another account and Region."""


def elsewhere(text: str) -> str:
    """Write it with other names and ids."""
    for old, new in OTHER.items():
        text = text.replace(old, new)
    return re.sub(r"(-0[0-9a-f]{15})[0-9a-f]\b", r"\1x", text)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording of both networks."""
    document = json.loads(SNAPSHOT.read_text())
    more = json.loads(elsewhere(SNAPSHOT.read_text()))
    document["answers"] += more["answers"]
    file = tmp_path_factory.mktemp("both") / "snapshot.json"
    file.write_text(
        json.dumps({key: document[key] for key in ("schema", "taken_at", "version", "answers", "gaps")})
    )
    return file


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    """Two tables of the article's load balancer, with some of its rows each, and one of the other's."""
    folder = tmp_path / "tables"
    folder.mkdir()
    text = TABLE.read_text()
    head, *rows = text.split("  - listener: ")
    for name, own in (("web.yaml", rows[1::2]), ("ssh.yaml", rows[::2])):
        (folder / name).write_text(head + "".join(f"  - listener: {row}" for row in own))
    (folder / "osaka.yaml").write_text("profile: osaka\n" + elsewhere(text))
    return folder


@pytest.fixture
def profiles(tmp_path: Path) -> Mapping[str, str]:
    """AWS profiles, each of which is an account's."""
    file = tmp_path / "credentials"
    keys = {"default": HOME.account, "osaka": OTHER[HOME.account]}
    file.write_text(
        "".join(
            f"[{name}]\naws_access_key_id = {key}\naws_secret_access_key = lab\n"
            for name, key in keys.items()
        )
    )
    return {"AWS_SHARED_CREDENTIALS_FILE": str(file), "AWS_CONFIG_FILE": str(file)}


def test_a_snapshot_of_several_accounts(both: Path, tables: Path) -> None:
    done = called("diagnose", "--all", "-m", tables, "--snapshot", both, "-q", "-f", "json")
    document = json.loads(done.stdout)
    assert done.returncode == 0, done.stdout
    assert {item["name"]: item["verdict"] for item in document["overview"]} == {
        f"example-nlb ({tables / 'ssh.yaml'})": "warn",  # the VPN has one tunnel that is up
        f"example-nlb ({tables / 'web.yaml'})": "pass",
        "osaka-nlb": "warn",
    }


@pytest.fixture(scope="module")
def endpoint(both: Path) -> Iterator[tuple[AwsEndpoint, Mapping[str, str]]]:
    with aws(recording.read(both)) as (endpoint, settings):
        yield endpoint, settings


def asked(endpoint: AwsEndpoint, since: int) -> Counter[tuple[str, str, str]]:
    """How often each question was put, by the account that it was put to."""
    return Counter(
        (
            call.account_region.account,
            call.operation,
            json.dumps(call.parameters, sort_keys=True, default=str),
        )
        for call in endpoint.calls[since:]
        if call.service != "sts"
    )


def test_each_table_has_its_account_and_asks_everything_once(
    endpoint: tuple[AwsEndpoint, Mapping[str, str]], profiles: Mapping[str, str], tables: Path
) -> None:
    server, settings = endpoint
    env = {**settings, **profiles}
    env.pop("AWS_ACCESS_KEY_ID")
    begun = len(server.calls)
    done = called("diagnose", "--all", "--no-probe", "-m", tables, "-q", "-f", "json", env=env)
    document = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    accounts = {
        item["table"].rpartition("/")[2]: (item["account"], item["region"]) for item in document["relays"]
    }
    assert accounts == {
        "osaka.yaml": ("210987654321", "ap-northeast-3"),
        "ssh.yaml": ("123456789012", "ap-northeast-1"),
        "web.yaml": ("123456789012", "ap-northeast-1"),
    }
    repeated = {call: times for call, times in asked(server, begun).items() if times > 1}
    assert repeated == {}


def test_a_table_whose_account_cannot_be_asked_costs_the_others_nothing(
    endpoint: tuple[AwsEndpoint, Mapping[str, str]], profiles: Mapping[str, str], tables: Path
) -> None:
    env = {**endpoint[1], **profiles}
    env.pop("AWS_ACCESS_KEY_ID")
    (tables / "osaka.yaml").write_text(
        (tables / "osaka.yaml").read_text().replace("profile: osaka", "profile: nara")
    )
    done = called("diagnose", "--all", "--no-probe", "-m", tables, "-f", "json", env=env)
    document = json.loads(done.stdout)
    assert done.returncode == document["exit_status"] == 3
    assert done.stderr.splitlines()[-1] == "nlbcheck: no AWS profile is named nara"
    overview = {item["name"]: item["verdict"] for item in document["overview"]}
    assert overview.pop("osaka-nlb") == "unknown"
    assert set(overview.values()) == {"pass", "warn"}
    assert len(document["mappings"]) == 5


def test_one_cause_of_one_relay(both: Path, tables: Path, tmp_path: Path) -> None:
    """What breaks one relay is told of that one."""
    text = json.loads(both.read_text())
    for answer in text["answers"]:
        if answer["operation"] == "DescribeListeners" and answer["account"] != HOME.account:
            for listener in answer["response"]["Listeners"]:
                listener["Port"] += listener["Port"] == 10022
    broken = tmp_path / "broken.json"
    broken.write_text(json.dumps(text))
    done = called("diagnose", "--all", "-m", tables, "--snapshot", broken, "-q")
    assert done.returncode == 1
    assert "osaka-nlb/tg-10022" in done.stdout
    relays = [line[:13] for line in done.stdout.splitlines() if line[:2] in ("✗ ", "! ", "✓ ")]
    fixes = [line for line in done.stdout.splitlines() if line.strip().startswith("aws ")]
    assert fixes
    assert all(line.endswith(" --region ap-northeast-3") for line in fixes)
    script = called("diagnose", "--all", "-m", tables, "--snapshot", broken, "--fix-script", tmp_path / "x")
    assert (script.returncode, (tmp_path / "x").exists()) == (2, False)
    assert relays[:3] == ["✗ osaka-nlb  ", "! example-nlb", "✓ example-nlb"]


def test_a_smoke_test_of_several_relays(
    endpoint: tuple[AwsEndpoint, Mapping[str, str]], profiles: Mapping[str, str], tables: Path
) -> None:
    """Rounds are made together: as many rows fail as nobody answers here, and all of them are diagnosed."""
    env = {**endpoint[1], **profiles}
    env.pop("AWS_ACCESS_KEY_ID")
    for file in tables.iterdir():  # nobody listens there
        file.write_text(re.sub(r"172\.31\.1(28|36)\.10", r"127.0.1.1\1", file.read_text()))
    begun = time.monotonic()
    done = called(
        *(
            "smoke",
            "-m",
            tables,
            "--wait",
            "0",
            "--settle",
            "3",
            "--interval",
            "1",
            "--timeout",
            "0.5",
            "-f",
            "json",
        ),
        env=env,
    )
    document = json.loads(done.stdout)
    assert time.monotonic() - begun < 30
    assert done.returncode == document["exit_status"] == 1
    assert {item["verdict"] for item in document["overview"]} == {"fail"}
    assert document["smoke"]["health"] == "healthy"
    assert 2 <= document["smoke"]["rounds"] <= 5
    assert all("cause" in item for item in document["mappings"])
