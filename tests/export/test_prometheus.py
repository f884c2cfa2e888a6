"""Do Prometheus and blackbox_exporter take the files, and do the alerts tell failures apart?"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from nlbcheck.export import dashboard
from nlbcheck.export.alerts import JOB
from tests.cli.labs import lab_run
from tests.cli.relay import TABLE
from tests.cli.running import nlbcheck

NAMES = {f"nlbcheck.{name}" for name in ("blackbox.yml", "targets.json", "prometheus.yml", "rules.yml")}
NAMES |= {"nlbcheck.dashboard.json"}

HOSTILE = """\
load_balancer: "evil{{ $labels.x }}\\"'`- x"
static_ips: {"a<b>": 127.0.0.1}
mappings:
  - {listener: "TCP:1", target_group: "tg\\" {} # %0A", target_port: 22, target: 127.0.0.1}
  - listener: TCP:2
    target_group: tg-header
    target_port: 80
    target: 127.0.0.1
    expect: {http: {status: 200-299, header: {Server: "A[!b]*(?P<x>\\\\d"}}}
  - {listener: "TCP:3", target_group: tg-tls, target_port: 443, target: 127.0.0.1, verify: false}
"""


def checked(*command: str | Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def exported(folder: Path, *options: str | Path) -> Path:
    done = nlbcheck("export", "prometheus", folder / "out", *options)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    return folder / "out"


@pytest.mark.parametrize("hostile", [False, True])
def test_prometheus_and_blackbox_exporter_take_the_files(tmp_path: Path, *, hostile: bool) -> None:
    table = TABLE
    if hostile:
        table = tmp_path / "table.yaml"
        table.write_text(HOSTILE)
    made = exported(tmp_path, "-m", table)
    assert {path.name for path in made.iterdir()} == NAMES
    assert "SUCCESS" in checked("promtool", "check", "config", made / "nlbcheck.prometheus.yml")
    checked(
        "prometheus-blackbox-exporter", "--config.check", f"--config.file={made / 'nlbcheck.blackbox.yml'}"
    )


def test_a_row_that_nobody_may_reach_is_expected_to_be_silent(tmp_path: Path) -> None:
    table = tmp_path / "table.yaml"
    row = (
        '{listener: "TCP:1", target_group: tg, target_port: 9, target: 127.0.0.1, expect: {reachable: false}}'
    )
    table.write_text(f"static_ips: [127.0.0.1]\nmappings: [{row}]\n")
    done = nlbcheck("export", "prometheus", tmp_path / "out", "-m", table)
    assert done.stderr == "blackbox_exporter cannot tell a refused connection from a timeout: tg.\n"
    (target,) = json.loads((tmp_path / "out" / "nlbcheck.targets.json").read_text())
    assert target["labels"]["expected"] == "unreachable"


def test_every_static_ip_and_listener_port_is_a_target(tmp_path: Path) -> None:
    made = exported(
        tmp_path, "-m", TABLE, "tg-10022", "10080", "--interval", "60", "--exporter", "[::1]:9115"
    )
    targets = json.loads((made / "nlbcheck.targets.json").read_text())
    assert [item["targets"][0] for item in targets] == [
        "172.31.128.10:10022",
        "172.31.136.10:10022",
        "http://172.31.128.10:10080/",
        "http://172.31.136.10:10080/",
    ]
    assert targets[0]["labels"] == {
        "relay": "example-nlb",
        "row": "tg-10022",
        "target": "TargetServer1",
        "zone": "ap-northeast-1a",
        "static_ip": "172.31.128.10",
        "listener": "TCP:10022",
        "expected": "reachable",
        "__param_module": "nlbcheck_ssh",
    }
    job = yaml.safe_load((made / "nlbcheck.prometheus.yml").read_text())["scrape_configs"][0]
    assert (job["scrape_interval"], job["scrape_timeout"]) == ("60s", "6s")
    assert job["relabel_configs"][-1] == {"target_label": "__address__", "replacement": "[::1]:9115"}


def test_a_second_export_replaces_the_first_and_nothing_else(tmp_path: Path) -> None:
    made = exported(tmp_path, "-m", TABLE)
    (made / "prometheus.yml").write_text("mine")
    exported(tmp_path, "-m", TABLE, "tg-10022")
    assert len(json.loads((made / "nlbcheck.targets.json").read_text())) == 2
    assert (made / "prometheus.yml").read_text() == "mine"


def test_what_the_exporter_cannot_check_is_said(tmp_path: Path) -> None:
    table = tmp_path / "table.yaml"
    row = '{listener: "TCP:1", target_group: tg, target_port: 22, target: 127.0.0.1, expect: {host_key: K}}'
    row = row.replace("K", f'"SHA256:{"A" * 43}"')
    table.write_text(f"static_ips: [127.0.0.1]\nmappings: [{row}]\n")
    done = nlbcheck("export", "prometheus", tmp_path / "out", "-m", table)
    assert done.stderr == "blackbox_exporter reads SSH banners and does not check host keys: tg.\n"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--exporter", "here"), "--exporter here: expected HOST:PORT, such as 127.0.0.1:9115"),
        (("--interval", "5", "--timeout", "5"), "--interval 5: expected more than the 5 s of one probe"),
        (("nobody",), "'nobody' fits no row of"),
    ],
)
def test_what_cannot_be_exported_is_refused(tmp_path: Path, options: tuple[str, ...], told: str) -> None:
    done = nlbcheck("export", "prometheus", tmp_path / "out", "-m", TABLE, *options)
    assert done.returncode == 2
    assert told in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = nlbcheck("export", "prometheus", tmp_path / "file" / "out", "-m", TABLE)
    assert done.returncode == 2
    assert f"{tmp_path}/file/out: was not made: Not a directory" in done.stderr


def test_a_fifo_that_a_stranger_put_there_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "nlbcheck.rules.yml")
    done = nlbcheck("export", "prometheus", tmp_path, "-m", TABLE)
    assert done.returncode == 2
    told = "is no regular file: expected a file to replace, or nothing of that name"
    assert done.stderr == f"nlbcheck: {tmp_path}/nlbcheck.rules.yml: {told}\n"
    assert [path.name for path in tmp_path.iterdir()] == ["nlbcheck.rules.yml"]


def test_prometheus_understands_every_query_of_the_dashboard(tmp_path: Path) -> None:
    rules = [
        {"record": f"x:{number}", "expr": expression}
        for number, expression in enumerate(dashboard.expressions())
    ]
    file = tmp_path / "rules.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "queries", "rules": rules}]}))
    assert f"{len(rules)} rules found" in checked("promtool", "check", "rules", file)


ENDPOINTS = [(row, zone) for row in ("ssh", "web", "alone") for zone in ("a", "b")]


CLOSED = ("closed", "a")
"""An endpoint that nobody may reach: it fails by its answer."""


def labels(row: str, zone: str) -> dict[str, str]:
    target = "Two" if row in ("ssh", "web") else "One"
    expected = "unreachable" if row == "closed" else "reachable"
    return {
        "expected": expected,
        "relay": "nlb",
        "row": row,
        "target": target,
        "zone": zone,
        "static_ip": f"10.0.0.{ord(zone)}",
    }


@pytest.mark.parametrize(
    ("failing", "alerts"),
    [
        (set(), {}),
        ({("ssh", "a")}, {"NlbcheckEndpointDown": [labels("ssh", "a")]}),
        (
            {("ssh", "a"), ("ssh", "b")},
            {"NlbcheckRowDown": [{"relay": "nlb", "row": "ssh", "target": "Two"}]},
        ),
        (
            {(row, zone) for row, zone in ENDPOINTS if row != "alone"},
            {"NlbcheckTargetDown": [{"relay": "nlb", "target": "Two"}]},
        ),
        (
            {(row, zone) for row, zone in ENDPOINTS if zone == "b"},
            {"NlbcheckStaticIpDown": [{"relay": "nlb", "zone": "b", "static_ip": "10.0.0.98"}]},
        ),
        ({CLOSED}, {"NlbcheckReachableUnwanted": [labels(*CLOSED)]}),
    ],
)
def test_an_alert_tells_what_fails_and_no_other_does(
    tmp_path: Path, failing: set[tuple[str, str]], alerts: dict[str, list[dict[str, str]]]
) -> None:
    made = exported(tmp_path, "-m", TABLE)
    series = [
        {
            "series": series_name({"job": JOB} | labels(*endpoint)),
            "values": f"{int((endpoint in failing) is (endpoint == CLOSED))}x20",
        }
        for endpoint in (*ENDPOINTS, CLOSED)
    ]
    every = yaml.safe_load((made / "nlbcheck.rules.yml").read_text())["groups"][0]["rules"]
    names = {rule["alert"] for rule in every if "alert" in rule}
    assert set(alerts) <= names
    test = {
        "rule_files": [str(made / "nlbcheck.rules.yml")],
        "tests": [
            {
                "interval": "1m",
                "input_series": series,
                "alert_rule_test": [_expected(name, alerts.get(name, []), every) for name in sorted(names)],
            }
        ],
    }
    file = tmp_path / "test.yml"
    file.write_text(yaml.safe_dump(test))
    checked("promtool", "test", "rules", file)


def series_name(by: dict[str, str]) -> str:
    told = ", ".join(f'{key}="{value}"' for key, value in by.items())
    return f"probe_success{{{told}}}"


def _expected(name: str, found: list[dict[str, str]], rules: list[dict[str, Any]]) -> dict[str, Any]:
    rule = next(rule for rule in rules if rule.get("alert") == name)

    def told(text: str, by: dict[str, str]) -> str:
        for key, value in by.items():
            text = text.replace(f"{{{{ $labels.{key} }}}}", value)
        return text

    alerts = [
        {
            "exp_labels": {
                **by,
                **({"job": JOB} if name in ("NlbcheckEndpointDown", "NlbcheckReachableUnwanted") else {}),
                **rule["labels"],
            },
            "exp_annotations": {key: told(text, by) for key, text in rule["annotations"].items()},
        }
        for by in found
    ]
    return {"eval_time": "10m", "alertname": name, "exp_alerts": alerts}


SCRIPT = """
set -eu
cd "$1"
nlbcheck export prometheus . --interval 5 --timeout 2
prometheus-blackbox-exporter --config.file=nlbcheck.blackbox.yml --web.listen-address=127.0.0.1:9115 \\
    2>exporter.log &
exporter=$!
prometheus --config.file=nlbcheck.prometheus.yml --storage.tsdb.path=data \\
    --web.listen-address=127.0.0.1:9090 2>prometheus.log &
trap "kill $exporter $!; wait" EXIT
python3 - <<'END'
import json, time, urllib.parse, urllib.request
def asked(query):
    url = "http://127.0.0.1:9090/api/v1/query?" + urllib.parse.urlencode({"query": query})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    return json.load(opener.open(url, timeout=5))["data"]["result"]
for _ in range(300):
    try:
        found = asked("probe_success")
    except OSError:
        found = []
    if len(found) == 10 and all(item["value"][1] for item in found):
        break
    time.sleep(0.2)
print(json.dumps({f"{i['metric']['row']} {i['metric']['zone'][-1]}": i["value"][1] for i in found}))
END
"""


def test_in_a_lab_prometheus_sees_what_probe_sees(tmp_path: Path) -> None:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    words = ["--fault", "process-stopped", "--", "sh", "-c", SCRIPT, "sh", str(tmp_path)]
    status, out, err = lab_run(*words, PATH=path)
    assert status == 0, err
    seen = json.loads(out.splitlines()[-1])
    assert len(seen) == 10
    failing = {name for name, value in seen.items() if value == "0"}
    assert failing == {"tg-10022 a", "tg-10022 c"}
