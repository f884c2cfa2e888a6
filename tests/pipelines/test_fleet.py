"""Do the samples for fleets run what they say, and can `report merge` join what they bring back?"""

from __future__ import annotations

import hashlib
import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import hcl2
import pytest
import yaml

from nlbcheck.relays import load
from nlbcheck.relays.many import load_all
from tests.cli.running import nlbcheck

ROOT = Path(__file__).parents[2]
FLEET = ROOT / "sample_configs" / "fleet"
_START = f"""
import sys
sys.path[:0] = {[str(ROOT), *sys.path]!r}
from nlbcheck.__main__ import main
main()
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a file that runs this checkout, as nlbcheck.pyz does, and a table of an open port."""
    folder = tmp_path_factory.mktemp("fleet")
    with ZipFile(folder / "nlbcheck.pyz", "w") as packed:
        packed.writestr("__main__.py", _START)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        (folder / "nlbcheck.yaml").write_text(
            f"load_balancer: relay\nstatic_ips: [127.0.0.1]\nmappings:\n"
            f"  - {{listener: {port}, target_group: tg, target_port: 99, target: 10.0.0.1}}\n"
        )
        yield folder


def sha256(folder: Path) -> str:
    return hashlib.sha256((folder / "nlbcheck.pyz").read_bytes()).hexdigest()


def ran(
    *command: str | Path, cwd: Path, status: int = 0, **environment: str
) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    env = {"PATH": path, "HOME": str(cwd), "LC_ALL": "C.UTF-8", **environment}
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stdout + done.stderr
    return done


def joined(reports: Sequence[Path]) -> Mapping[str, Any]:
    """What all reports say together."""
    done = nlbcheck("report", "merge", *reports, "-f", "json")
    document: Mapping[str, Any] = json.loads(done.stdout)
    assert done.returncode == document["exit_status"]
    return document


def test_ansible_brings_the_reports_back_and_joins_them(folder: Path, tmp_path: Path) -> None:
    """Two hosts of an inventory, which both are this machine; one dials an address where nobody listens."""
    closed = tmp_path / "closed.yaml"
    closed.write_text((folder / "nlbcheck.yaml").read_text().replace("[127.0.0.1]", "[127.0.0.2]"))
    (tmp_path / "inventory").write_text(
        f"[clients]\nweb-1 ansible_connection=local table={folder / 'nlbcheck.yaml'}\n"
        f"web-2.example.com ansible_connection=local table={closed}\n"
    )
    reports = tmp_path / "reports"
    reports.mkdir()
    settings = {
        "nlbcheck": str(folder / "nlbcheck.pyz"),
        "reports": str(reports),
        "python": sys.executable,
        "ansible_python_interpreter": "/usr/bin/python3",
    }
    playbook = tmp_path / "ansible.yml"  # tables are the hosts' own here
    own = '    table: "{{ playbook_dir }}/nlbcheck.yaml"\n'
    text = (FLEET / "ansible.yml").read_text()
    assert own in text
    playbook.write_text(text.replace(own, ""))
    command = ("ansible-playbook", "-i", tmp_path / "inventory", playbook, "-e", json.dumps(settings))
    done = ran(*command, cwd=tmp_path, status=2, ANSIBLE_REMOTE_TMP=str(tmp_path), TMPDIR=str(tmp_path))
    assert "1 of 2 rows fails" in done.stdout or "1 ok, 1 failed" in done.stdout
    document = json.loads((reports / "fleet.js").read_text())
    assert [item["source"] for item in document["vantages"]] == ["web-1", "web-2.example.com"]
    assert (document["summary"]["pass"], document["summary"]["fail"], document["exit_status"]) == (1, 1, 1)
    assert not list(tmp_path.glob("nlbcheck-*"))


_AWS = """
import pathlib, shutil, sys
source, target = (word.replace("s3://", {bucket!r}) for word in sys.argv[4:])
assert sys.argv[1:4] == ["s3", "cp", "--only-show-errors"], sys.argv
pathlib.Path(target).parent.mkdir(parents=True, exist_ok=True)
shutil.copy(source, target)
"""


@pytest.fixture
def bucket(folder: Path, tmp_path: Path) -> Path:
    """A folder in the place of S3, with `aws s3 cp` to and from it on PATH."""
    bucket = tmp_path / "s3" / "my-bucket"
    (bucket / "nlbcheck").mkdir(parents=True)
    for name in ("nlbcheck.pyz", "nlbcheck.yaml"):
        (bucket / "nlbcheck" / name).write_bytes((folder / name).read_bytes())
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "aws"
    program.write_text(f"#!{sys.executable}\n{_AWS.format(bucket=f'{bucket.parent}/')}")
    program.chmod(0o755)
    return bucket


def document() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((FLEET / "ssm-document.yaml").read_text())
    return found


def script(**parameters: str) -> str:
    """The script of the document, as the agent makes it of the parameters."""
    found = document()
    given = {name: item.get("default") for name, item in found["parameters"].items()} | parameters
    for name, value in given.items():
        assert re.fullmatch(found["parameters"][name]["allowedPattern"], value)
    text = "\n".join(found["mainSteps"][0]["inputs"]["runCommand"])
    return re.sub(r"\{\{ (\w+) \}\}", lambda match: str(given[match.group(1)]), text)


def test_systems_manager_keeps_a_report_of_each_host(folder: Path, bucket: Path, tmp_path: Path) -> None:
    text = script(Bucket=bucket.name, Sha256=sha256(folder), Spread="0")
    path = f"{tmp_path / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    for host in ("i-0aaa", "i-0bbb"):
        ran("sh", "-c", text, cwd=tmp_path, PATH=path, AWS_SSM_INSTANCE_ID=host)
    told = joined(sorted((bucket / "nlbcheck" / "reports").iterdir()))
    assert [item["source"] for item in told["vantages"]] == ["i-0aaa", "i-0bbb"]
    assert told["summary"]["pass"] == 2
    other = script(Bucket=bucket.name, Sha256="0" * 64, Spread="0")
    ran("sh", "-c", other, cwd=tmp_path, status=1, PATH=path, AWS_SSM_INSTANCE_ID="i-0ccc")
    assert len(list((bucket / "nlbcheck" / "reports").iterdir())) == 2


def test_the_document_is_one() -> None:
    """What https://docs.aws.amazon.com/systems-manager/latest/userguide/documents-syntax-data-elements-parameters.html
    has of such documents."""
    found = document()
    assert found.keys() == {"schemaVersion", "description", "parameters", "mainSteps"}
    assert found["schemaVersion"] == "2.2"
    (step,) = found["mainSteps"]
    assert step.keys() == {"name", "action", "precondition", "inputs"}
    assert (step["action"], step["inputs"].keys()) == ("aws:runShellScript", {"timeoutSeconds", "runCommand"})
    used = set(re.findall(r"\{\{ (\w+) \}\}", "\n".join(step["inputs"]["runCommand"])))
    assert used == found["parameters"].keys()
    assert all(item["type"] == "String" for item in found["parameters"].values())


def plain(value: Any) -> Any:
    """What a parser of HCL returns, without the quotes that it keeps."""
    if isinstance(value, Mapping):
        return {plain(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value.strip('"') if isinstance(value, str) else value


def test_nomad_runs_the_task(folder: Path, tmp_path: Path) -> None:
    read = plain(hcl2.loads((FLEET / "nomad.hcl").read_text()))
    job = read["job"][0]["nlbcheck"]
    assert job["type"] == "sysbatch"
    (task,) = job["group"][0]["client"]["task"]
    config = task["probe"]["config"][0]
    known = {"NOMAD_TASK_DIR": str(folder), "node.unique.name": "node-1"}
    command = [config["command"], *config["args"]]
    words = [re.sub(r"\$\{([\w.]+)\}", lambda match: known[match.group(1)], word) for word in command]
    report = tmp_path / "node-1.json"
    report.write_text(ran(*words, cwd=tmp_path).stdout)
    assert [item["source"] for item in joined([report])["vantages"]] == ["node-1"]
    variables = {name for item in read["variable"] for name in item}
    used = re.findall(r"\bvar\.(\w+)", (FLEET / "nomad.hcl").read_text())
    assert set(used) == variables


def test_kubernetes_runs_both_containers(folder: Path, tmp_path: Path) -> None:
    job = yaml.safe_load((FLEET / "kubernetes.yaml").read_text())
    assert (job["apiVersion"], job["kind"]) == ("batch/v1", "Job")
    spec = job["spec"]["template"]["spec"]
    assert spec["restartPolicy"] == "Never"
    volumes = {item["name"] for item in spec["volumes"]}
    work = tmp_path / "work"
    work.mkdir()
    said = []
    for container in (*spec["initContainers"], *spec["containers"]):
        assert {item["name"] for item in container["volumeMounts"]} <= volumes
        command = [*container["command"], *container["args"]]
        words = [word.replace("/work/", f"{work}/").replace("/table/", f"{folder}/") for word in command]
        env = {item["name"]: item["value"] for item in container["env"] if "value" in item}
        given = {"URL": (folder / "nlbcheck.pyz").as_uri(), "SHA256": sha256(folder), "NODE": "node-1"}
        said.append(ran(*words, cwd=tmp_path, **{**env, **given}).stdout)
    report = tmp_path / "pod.json"
    report.write_text(said[-1])
    assert joined([report])["summary"]["pass"] == 1
    download = spec["initContainers"][0]
    words = [word.replace("/work/", f"{work}/") for word in (*download["command"], *download["args"])]
    ran(*words, cwd=tmp_path, status=1, URL=(folder / "nlbcheck.pyz").as_uri(), SHA256="0" * 64)


def test_the_relays_are_tables() -> None:
    tables = load_all([ROOT / "sample_configs" / "relays"], load)
    assert not tables.broken
    assert {str(where).partition("://")[0] for table in tables.tables for where in table.via} == {
        "client=ssh",
        "clients=ssm",
    }
