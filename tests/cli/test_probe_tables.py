"""``nlbcheck probe`` of several tables: one report, one exit status, the limits of probing over all."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.cli.running import nlbcheck


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A port of this machine whose kernel accepts connections."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        number: int = listener.getsockname()[1]
        return number


def table(file: Path, balancer: str | None, *ports: int, **head: str) -> Path:
    """Write a table of TCP checks of this machine."""
    lines = [f"load_balancer: {balancer}"] if balancer else []
    lines += [f"{key}: {value}" for key, value in head.items()]
    lines += ["static_ips: {a: 127.0.0.1}", "mappings:"]
    lines += [
        f"  - {{listener: {port}, target_group: tg-{number}, target_port: 99, target: 10.0.0.{number}}}"
        for number, port in enumerate(ports, 1)
    ]
    file.parent.mkdir(exist_ok=True)
    file.write_text("\n".join(lines) + "\n")
    return file


def relays(stdout: str) -> dict[str, str]:
    """The verdict of each relay, in the order of the report."""
    return {item["name"]: item["verdict"] for item in json.loads(stdout)["overview"]}


NOTES = {
    "notes.txt": "Notes, and no table\n\nThe NLB listens on TCP:10022 and goes to 172.31.129.10:22.\n",
    "mail.txt": "Dear all,\nthe change of port 22 at 127.0.0.1, is done.\nBye\n",
    "requirements.txt": "flask==3.0\nrequests\n",
}


@pytest.mark.parametrize("count", [1, 2])
def test_texts_for_people_in_a_folder_are_passed_over_and_told(port: int, tmp_path: Path, count: int) -> None:
    for number in range(count):
        table(tmp_path / f"{number}.yaml", f"nlb-{number}", port)
    for name, text in NOTES.items():
        (tmp_path / name).write_text(text)
    done = nlbcheck("probe", "-m", tmp_path, "-f", "json")
    told = [f"{tmp_path / name} is not read: it holds no mapping table." for name in sorted(NOTES)]
    assert (done.returncode, done.stderr.splitlines()) == (0, told)
    report = json.loads(done.stdout)
    assert report["remarks"] == told
    assert len(report["mappings"]) == count


def test_a_text_that_is_named_or_may_be_a_table_is_a_mistake(port: int, tmp_path: Path) -> None:
    good = table(tmp_path / "a.yaml", "tokyo", port)
    notes = tmp_path / "notes.txt"
    notes.write_text(NOTES["notes.txt"])
    done = nlbcheck("probe", "-m", good, "-m", notes)
    assert (done.returncode, f"{notes}:1: has no column" in done.stderr) == (2, True)
    for text in ("lstnr,tgt,prt\n10022,10.0.0.1,22\n", "listener\ttrgt\n10022\t10.0.0.1\n"):
        notes.write_text(text)
        done = nlbcheck("probe", "-m", tmp_path)
        assert (done.returncode, f"{notes}:1: has no column" in done.stderr) == (2, True)
    good.unlink()
    notes.write_text(NOTES["notes.txt"])
    assert nlbcheck("probe", "-m", tmp_path).returncode == 2


def test_a_folder_is_one_report(port: int, tmp_path: Path) -> None:
    table(tmp_path / "a.yaml", "tokyo", port)
    table(tmp_path / "b.yaml", "osaka", port, closed_port())
    (tmp_path / "README.md").write_text("# Our relays\n")
    (tmp_path / ".hidden.yaml").write_text("}")
    done = nlbcheck("probe", "-m", tmp_path, "-f", f"json:{tmp_path / 'r.js'}", "-f", "table")
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.index("✗ osaka  fails: 1 of 2 rows") < done.stdout.index("✓ tokyo  in order: 1 row")
    assert "\n✗ osaka/tg-2 (TCP:" in done.stdout
    told = "\n1 of 2 relays fails; 1 of 3 rows fails; 2 ok, 1 failed\nNext: nlbcheck diagnose osaka/tg-2 -m "
    assert told in done.stdout
    document = json.loads((tmp_path / "r.js").read_text())
    assert [item["relay"]["name"] for item in document["mappings"]] == ["tokyo", "osaka", "osaka"]
    assert [item["name"] for item in document["mappings"]] == ["tg-1", "tg-1", "tg-2"]


def test_several_files_and_a_file_named_twice(port: int, tmp_path: Path) -> None:
    first = table(tmp_path / "a.yaml", "tokyo", port)
    second = table(tmp_path / "b.yaml", "osaka", port)
    done = nlbcheck("probe", "-m", first, "-m", tmp_path, "-m", second, "-f", "json")
    assert relays(done.stdout) == {"tokyo": "pass", "osaka": "pass"}
    assert done.returncode == 0


def test_a_broken_table_costs_the_others_nothing(port: int, tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("mappings:\n  - {listener: 70000}\n")
    table(tmp_path / "fine.yaml", "tokyo", port)
    junit = tmp_path / "r.xml"
    done = nlbcheck("probe", "-m", tmp_path, "-f", "json", "-f", f"junit:{junit}")
    assert relays(done.stdout) == {str(broken): "error", "tokyo": "pass"}
    assert (done.returncode, json.loads(done.stdout)["exit_status"]) == (2, 2)
    assert done.stderr.splitlines()[0].startswith(f"nlbcheck: {broken}:2: mappings[0].listener: ")
    assert len(ET.parse(junit).getroot().findall("testsuite[@errors='1']")) == 1
    (stored := tmp_path / "stored").write_text(done.stdout)
    shown = nlbcheck("report", "show", stored, "-f", "json")
    assert (shown.returncode, json.loads(shown.stdout)) == (2, json.loads(done.stdout))


def test_only_broken_tables_are_an_error(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / f"{name}.yaml").write_text("mappings: []\n")
    done = nlbcheck("probe", "-m", tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert [line.split(":")[1].rpartition("/")[2] for line in done.stderr.splitlines()] == [
        "a.yaml",
        "b.yaml",
    ]


@pytest.mark.parametrize("one_is_right", [False, True])
def test_of_very_many_broken_tables_the_rest_is_counted(
    port: int, tmp_path: Path, one_is_right: bool
) -> None:
    for number in range(300):
        (tmp_path / f"bad{number}.yaml").write_text("}")
    if one_is_right:
        table(tmp_path / "right.yaml", "tokyo", port)
    done = nlbcheck("probe", "-q", "-m", tmp_path)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 201
    assert done.stderr.splitlines()[-1] == "nlbcheck: and 100 more such errors"
    assert ("280 more tables are wrong" in done.stdout) is one_is_right
    assert len(done.stdout.splitlines()) < 150


def test_a_folder_without_tables(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("nothing yet")
    done = nlbcheck("probe", "-m", tmp_path)
    assert done.returncode == 2
    assert f"{tmp_path}: holds no mapping table: expected files that end in .yaml" in done.stderr


def test_one_name_in_two_regions(port: int, tmp_path: Path) -> None:
    for region in ("ap-northeast-1", "ap-northeast-3"):
        table(tmp_path / region / "nlbcheck.yaml", "relay", port, region=region)
    done = nlbcheck("probe", *(f"-m{folder}" for folder in sorted(tmp_path.iterdir())), "-f", "json")
    assert relays(done.stdout) == {"relay (ap-northeast-1)": "pass", "relay (ap-northeast-3)": "pass"}
    assert done.stderr == ""


def test_one_load_balancer_in_two_tables(port: int, tmp_path: Path) -> None:
    one, other = (table(tmp_path / name, "relay", port) for name in ("a.yaml", "b.yaml"))
    done = nlbcheck("probe", "-m", tmp_path, "-f", "json")
    assert relays(done.stdout) == {f"relay ({one})": "pass", f"relay ({other})": "pass"}
    assert done.stderr == (f"{one} and {other} are of one load balancer, relay: each is checked by itself.\n")


def test_names_of_rows(port: int, tmp_path: Path) -> None:
    table(tmp_path / "a.yaml", "tokyo", port, closed_port())
    table(tmp_path / "b.yaml", "osaka", port)
    one = nlbcheck("probe", "-m", tmp_path, "tg-2", "-f", "json")
    assert [item["relay"]["name"] for item in json.loads(one.stdout)["mappings"]] == ["tokyo"]
    several = nlbcheck("probe", "-m", tmp_path, "tg-1")
    assert several.returncode == 2
    assert "'tg-1' fits rows of several tables: give one as tokyo/tg-1, osaka/tg-1" in several.stderr
    chosen = nlbcheck("probe", "-m", tmp_path, "osaka/tg-1", "-f", "json")
    assert [item["relay"]["name"] for item in json.loads(chosen.stdout)["mappings"]] == ["osaka"]
    pattern = nlbcheck("probe", "-m", tmp_path, "tg-*", "-f", "json")
    assert len(json.loads(pattern.stdout)["mappings"]) == 3
    unknown = nlbcheck("probe", "-m", tmp_path, "osaka/tg-3")
    assert "'osaka/tg-3' fits no row of the 2 tables, or several of one; perhaps osaka/tg-1" in unknown.stderr


def test_options_of_one_load_balancer(port: int, tmp_path: Path) -> None:
    for name in "ab":
        table(tmp_path / f"{name}.yaml", name, port)
    for option in (("--load-balancer", "x"), ("--static-ip", "127.0.0.2"), ("--pin",)):
        done = nlbcheck("probe", "-m", tmp_path, *option)
        assert done.returncode == 2
        assert f"{option[0]}: needs a single table: there are 2" in done.stderr


class Occupancy:
    """How many connections a server has at once, and has had at most."""

    def __init__(self) -> None:
        self.most = self._now = 0
        self._lock = threading.Lock()

    @contextmanager
    def one_more(self) -> Iterator[None]:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        yield
        with self._lock:
            self._now -= 1


def test_the_limit_per_target_holds_over_all_tables(tmp_path: Path) -> None:
    """Three relays of six listeners each share one target: never more than four connections at once."""
    occupancy = Occupancy()

    def serve(connection: socket.socket) -> None:
        with connection:
            with occupancy.one_more():  # as long as the client waits, too
                connection.settimeout(5)
                connection.recv(100)
                time.sleep(0.05)  # a server that takes its time
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    def accept(listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,)).start()

    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(6)]
    for listener in listeners:
        threading.Thread(target=accept, args=(listener,), daemon=True).start()
    yaml = [tmp_path / f"{relay}.yaml" for relay in "abc"]
    for file in yaml:
        file.write_text(
            f"load_balancer: {file.stem}\nstatic_ips: [127.0.0.1]\nmappings:\n"
            + "".join(
                f"  - {{listener: {item.getsockname()[1]}, target_group: tg-{item.getsockname()[1]}, "
                "target_port: 80, target: 10.0.0.1}\n"
                for item in listeners
            )
        )
    done = nlbcheck("probe", *(word for file in yaml for word in ("-m", str(file))), "-f", "json")
    for listener in listeners:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
    assert json.loads(done.stdout)["summary"]["pass"] == 18, done.stderr
    assert 2 <= occupancy.most <= 4
