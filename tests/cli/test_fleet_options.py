"""``--every-host`` and ``--ssm-bucket``: what they are about, and a fleet that probes by real boto3."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nlbcheck.lab.endpoint import environment
from tests.cli.relay import called
from tests.hosts.ssm.fleet import endpoint, instance, instance_id
from tests.lab.endpoint.serving import HOME
from tests.servers import says, serving


def table(folder: Path, port: int) -> Path:
    path = folder / "nlbcheck.yaml"
    row = f"{{listener: {port}, target_group: tg-ssh, target_port: 22, target: 10.0.0.1}}"
    path.write_text(f"static_ips: {{a: 127.0.0.1}}\nmappings:\n  - {row}\n")
    return path


@pytest.mark.parametrize("option", [["--every-host"], ["--ssm-bucket", "outputs"]])
def test_they_go_with_hosts_of_systems_manager(tmp_path: Path, option: list[str]) -> None:
    path = table(tmp_path, 22)
    for via in ([], ["--via", "ssh://one"]):
        done = called("probe", "-m", path, *via, *option)
        assert done.returncode == 2
        assert f"{option[0]}: needs --via ssm://" in done.stderr


@pytest.mark.parametrize("every", [True, False])
def test_one_probes_for_those_that_stand_alike_or_every_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, every: bool
) -> None:
    fleet = [instance(1, Role="client"), instance(2, Role="client"), instance(3, "subnet-b", Role="client")]
    options = ["--via", "fleet=ssm://tag:Role=client", "-f", "json", *(["--every-host"] if every else [])]
    with endpoint(*fleet) as aws, serving(says(b"SSH-2.0-tests\r\n")) as port:
        for name, value in environment(aws.url, HOME, {}).items():
            monkeypatch.setenv(name, value)
        done = called("probe", "-m", table(tmp_path, port), *options)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    numbers = [1, 2, 3] if every else [1, 3]
    assert [one["source"] for one in report["vantages"]] == [f"fleet {instance_id(one)}" for one in numbers]
    assert [node["probe"]["status"] for node in report["mappings"][0]["nodes"]] == ["ok"] * len(numbers)
    alike = [] if every else [instance_id(2)]
    assert report["vantages"][0].get("stands_for", []) == alike
    assert any("stands for" in remark for remark in report.get("remarks", [])) is not every
