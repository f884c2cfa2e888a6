"""Does a secret reach anything that nlbcheck writes: a report in some format, a snapshot, a line on stderr?

Keys stand in the environment, in the URL of AWS's endpoint, in what AWS answers and in what Terraform marks
sensitive. Commands write all that they can, and say all that they say with ``-v``.
"""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from subprocess import CompletedProcess
from threading import Thread
from typing import Any

import pytest

from nlbcheck.aws import recording
from nlbcheck.formats import FORMATS
from nlbcheck.lab.endpoint import AwsEndpoint, EndpointState, environment
from tests.aws.hostile_endpoints import ENDPOINTS, PASSWORD, serving
from tests.cli.relay import HOME, NO_AWS, SNAPSHOT, TABLE, called, on_loopback
from tests.servers import closed_port
from tests.terraform.planning import plan, update
from tests.terraform.plans import rule

KEY_ID, KEY, TOKEN = "AKIAPLANTEDPLANTED00", "planted-secret-access-key", "planted-session-token"
URL_PASSWORD, PRE_SHARED, OF_STS = "planted-url-password", "planted-pre-shared-key", "planted-sts-answer"
SENSITIVE = "198.51.100.177"
SECRETS = (KEY_ID, KEY, TOKEN, URL_PASSWORD, PRE_SHARED, OF_STS, SENSITIVE, PASSWORD)
KEYS = {"AWS_ACCESS_KEY_ID": KEY_ID, "AWS_SECRET_ACCESS_KEY": KEY, "AWS_SESSION_TOKEN": TOKEN}

_PLANTED = (
    (b"<vpnConnectionId>", f"<customerGatewayConfiguration>{PRE_SHARED}</customerGatewayConfiguration>"),
    (b"<outsideIpAddress>", f"<preSharedKey>{PRE_SHARED}</preSharedKey>"),
    (b"<GetCallerIdentityResult>", f"<Credentials><SecretAccessKey>{OF_STS}</SecretAccessKey></Credentials>"),
)  # fmt: skip


class Planting:
    """Stands before an endpoint that answers as AWS, and plants secrets into its answers."""

    def __init__(self, behind: str, key: str) -> None:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name: text.replace(KEY_ID, key) for name, text in self.headers.items()}
                request = urllib.request.Request(behind + self.path, body, headers)
                try:
                    with urllib.request.urlopen(request) as answer:
                        status, said = answer.status, answer.read()
                except urllib.error.HTTPError as error:
                    status, said = error.code, error.read()
                for before, secret in _PLANTED:
                    outer.planted += said.count(before)
                    said = re.sub(rb"(?=%s)" % before, secret.encode(), said)
                self.send_response(status)
                self.send_header("Content-Type", "text/xml")
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.planted = 0
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)


@contextmanager
def planted(snapshot: Path) -> Iterator[tuple[Planting, Mapping[str, str]]]:
    """Yield an AWS with secrets in its answers, and the environment of who asks it."""
    with AwsEndpoint(EndpointState(recording.read(snapshot))) as behind:
        settings = environment(behind.url, HOME, {})
        proxy = Planting(behind.url, settings["AWS_ACCESS_KEY_ID"])
        thread = Thread(target=proxy.server.serve_forever, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{proxy.server.server_port}"
        try:
            yield proxy, {**settings, **KEYS, "AWS_ENDPOINT_URL": url}
        finally:
            proxy.server.shutdown()
            thread.join()
            proxy.server.server_close()


class Room:
    """A folder that commands write to, and all that they have said."""

    def __init__(self, folder: Path, env: Mapping[str, str]) -> None:
        self.folder, self.env = folder, {**env, "GITHUB_STEP_SUMMARY": str(folder / "summary.md")}
        self.written: list[str] = []
        folder.mkdir()

    def run(self, *words: str | Path, status: tuple[int, ...] = (0, 1, 3)) -> CompletedProcess[str]:
        done = called(*words, env=self.env)
        assert done.returncode in status, done.stderr
        self.written += [done.stdout, done.stderr]
        return done

    def in_every_format(self, *words: str | Path) -> None:
        """Run a command that reports, in every format, to files and to stdout."""
        name = "-".join(map(str, words[:2])).replace("/", "")
        files = [f"-f{kind}:{self.folder}/{name}.{kind}" for kind in FORMATS]
        self.run(*words, "-v", *files, "-f", "table")

    def assert_no_secret(self) -> None:
        texts = {path.name: path.read_text() for path in self.folder.rglob("*") if path.is_file()}
        assert all(texts.values())
        leaking = [
            (name, secret)
            for name, text in (*texts.items(), *enumerate(self.written))
            for secret in SECRETS
            if secret in text
        ]
        assert leaking == []


def sensitive_plan(folder: Path) -> Path:
    changed = update(
        'aws_vpc_security_group_ingress_rule.ssh["1c"]', rule("172.31.136.10"), cidr_ipv4=f"{SENSITIVE}/32"
    )
    changed["change"]["after_sensitive"] = {"cidr_ipv4": True}
    file = folder / "plan.json"
    file.write_text(json.dumps(plan(changed)))
    return file


TERRAFORM = """
variable "secret" {{ sensitive = true }}
resource "aws_lb" "relay" {{
  name               = "example-nlb"
  load_balancer_type = "network"
  subnet_mapping {{
    subnet_id            = "subnet-1"
    private_ipv4_address = "10.0.0.1"
  }}
  subnet_mapping {{
    subnet_id            = "subnet-2"
    private_ipv4_address = var.secret
  }}
  tags = {{ Name = sensitive("{secret}") }}
}}
resource "aws_lb_target_group" "ssh" {{
  name        = "tg-10022"
  port        = 22
  protocol    = "TCP"
  target_type = "ip"
}}
resource "aws_lb_target_group_attachment" "ssh" {{
  target_group_arn = aws_lb_target_group.ssh.arn
  target_id        = var.secret
}}
resource "aws_lb_listener" "ssh" {{
  load_balancer_arn = aws_lb.relay.arn
  port              = 10022
  protocol          = "TCP"
  default_action {{
    type             = "forward"
    target_group_arn = aws_lb_target_group.ssh.arn
  }}
}}
"""


def terraform_files(folder: Path) -> Path:
    found = folder / "terraform"
    found.mkdir()
    (found / "main.tf").write_text(TERRAFORM.format(secret=SENSITIVE))
    (found / "terraform.tfvars").write_text(f'secret = "{SENSITIVE}"\n')
    return found


def terraform_state(folder: Path) -> Path:
    """Write a state of what the files make, as Terraform keeps it."""
    arns = {
        kind: f"arn:aws:elasticloadbalancing:ap-northeast-1:123456789012:{kind}" for kind in ("a", "b", "c")
    }
    forward = [{"type": "forward", "target_group_arn": arns["b"]}]
    mapping = [{"subnet_id": "subnet-1", "private_ipv4_address": SENSITIVE}]
    where = {"type": "index", "value": {"value": 0, "type": "number"}}
    resources: list[tuple[str, dict[str, Any], list[Any]]] = [
        ("aws_lb", {"arn": arns["a"], "name": "example-nlb", "load_balancer_type": "network",
                    "subnet_mapping": mapping, "tags": {"Name": SENSITIVE}},
         [["subnet_mapping", where, "private_ipv4_address"], ["tags"]]),
        ("aws_lb_target_group", {"arn": arns["b"], "name": "tg-10022", "port": 22, "protocol": "TCP",
                                 "target_type": "ip"}, []),
        ("aws_lb_target_group_attachment", {"target_group_arn": arns["b"], "target_id": SENSITIVE},
         [["target_id"]]),
        ("aws_lb_listener", {"arn": arns["c"], "load_balancer_arn": arns["a"], "port": 10022,
                             "protocol": "TCP", "default_action": forward}, []),
    ]  # fmt: skip
    items: list[Any] = [
        {"mode": "managed", "type": kind, "name": "a", "instances": [
            {"attributes": {"id": kind, **values}, "sensitive_attributes": [
                [{"type": "get_attr", "value": step} if isinstance(step, str) else step for step in path]
                for path in paths
            ]}]}
        for kind, values, paths in resources
    ]  # fmt: skip
    file = folder / "terraform.tfstate"
    file.write_text(
        json.dumps({"version": 4, "terraform_version": "1.9.8", "lineage": "a", "resources": items})
    )
    return file


def test_of_aws_and_the_environment(tmp_path: Path) -> None:
    with planted(SNAPSHOT) as (proxy, env):
        room = Room(tmp_path / "written", env)
        room.in_every_format("diagnose", "--all", "--no-probe", "-m", TABLE)
        room.run("diagnose", "--all", "--no-probe", "-m", TABLE, "--plan", sensitive_plan(tmp_path), "-v",
                 "--fix-script", room.folder / "fixes.sh", "--fix-as", "terraform")  # fmt: skip
        for kind in ("table", "json"):
            words = ("--from", "192.168.1.214", "--to", "172.31.128.10:10022", "-v", "-f", kind, "-m", TABLE)
            room.run("trace", *words, "-o", room.folder / f"trace.{kind}")
            room.run("trace", *words, "--plan", sensitive_plan(tmp_path))
        room.run("snapshot", room.folder / "snapshot.json", "-m", TABLE)
        room.run("snapshot", "-", "-m", TABLE)
        room.run("mapping", "check", "-m", TABLE)
        room.run("mapping", "import", "--load-balancer", "example-nlb", "-o", room.folder / "imported.yaml")
        assert proxy.planted > 20
    room.run("diagnose", "--all", "-v", "--snapshot", room.folder / "snapshot.json")
    room.run("export", "prometheus", room.folder / "export", "-m", TABLE)
    room.assert_no_secret()


def test_of_a_smoke_test_and_probes(tmp_path: Path) -> None:
    snapshot, table = on_loopback(tmp_path, closed_port())
    with planted(snapshot) as (proxy, env):
        room = Room(tmp_path / "written", env)
        quick = ("--wait", "0", "--settle", "0", "--steady", "1", "--client", "127.0.0.1")
        room.in_every_format("smoke", *quick, "-m", table)
        room.in_every_format("probe", "-m", table)
        room.run("snapshot", "--probe", room.folder / "snapshot.json", "-m", table)
        assert proxy.planted > 2
    for name in ("smoke---wait.json", "snapshot.json"):
        room.in_every_format("report", "show", room.folder / name)
    both = (room.folder / "smoke---wait.json", room.folder / "probe--m.json")
    room.run("report", "diff", *both)
    room.run("report", "merge", *both, "-o", room.folder / "merged.json", "-f", "json")
    room.assert_no_secret()


@pytest.mark.parametrize("where", ["plan", "files", "state"])
def test_of_terraform(tmp_path: Path, where: str) -> None:
    made = {"plan": sensitive_plan, "files": terraform_files, "state": terraform_state}[where](tmp_path)
    room = Room(tmp_path / "written", NO_AWS)
    if where == "plan":
        room.in_every_format("diagnose", "--all", "-m", TABLE, "--snapshot", SNAPSHOT, "--plan", made)
        name = 'aws_vpc_security_group_ingress_rule.ssh["1c"].cidr_ipv4'
        assert f"Marked sensitive, and not read: {name}.\n" in room.written[-1]
    else:
        imported = room.run(
            "mapping",
            "import",
            "--terraform",
            made,
            "--load-balancer",
            "example-nlb",
            "-o",
            room.folder / "made.yaml",
        )
        assert "is marked sensitive and is not read" in imported.stderr
        room.run("mapping", "check", "--terraform", made, "-m", TABLE)
    room.assert_no_secret()


@pytest.mark.parametrize("answer", [name for name in ENDPOINTS if "keys" in name])
@pytest.mark.parametrize("words", [("diagnose", "--all", "--no-probe", "-v"), ("smoke", "--wait", "0", "-v")])
def test_of_answers_that_make_no_sense(tmp_path: Path, answer: str, words: tuple[str, ...]) -> None:
    _, table = on_loopback(tmp_path, closed_port())
    with serving(ENDPOINTS[answer]) as url:
        env = {**NO_AWS, **KEYS, "AWS_ENDPOINT_URL": url,
               "AWS_MAX_ATTEMPTS": "1", "AWS_DEFAULT_REGION": HOME.region}  # fmt: skip
        room = Room(tmp_path / "written", env)
        quick = ("--settle", "0", "--steady", "1") if words[0] == "smoke" else ()
        done = room.run(*words, *quick, "-m", table)
    assert len(done.stderr) > 20
    room.assert_no_secret()


@pytest.mark.parametrize(
    "url", ["http://user:{}@127.0.0.1:1", "ftp://user:{}@127.0.0.1", "http://user:{}@a b"]
)
def test_of_an_endpoint_that_is_none(tmp_path: Path, url: str) -> None:
    for env, option in (({"AWS_ENDPOINT_URL": url}, ()), ({}, ("--endpoint-url", url.format(URL_PASSWORD)))):
        named = {name: text.format(URL_PASSWORD) for name, text in env.items()}
        base = {**NO_AWS, **KEYS, "AWS_MAX_ATTEMPTS": "1", "AWS_DEFAULT_REGION": HOME.region}
        room = Room(tmp_path / f"written{len(option)}", {**base, **named})
        done = room.run("diagnose", "--all", "--no-probe", "-v", "-m", TABLE, *option, status=(2, 3))
        assert done.stderr
        room.assert_no_secret()
