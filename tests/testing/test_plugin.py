"""Does pytest run rows of a mapping table as tests, against real servers, with what users do to tests?"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import paramiko
import pytest

from tests.cli.labs import lab_run
from tests.cli.relay import NO_AWS, on_loopback
from tests.cli.running import nlbcheck
from tests.servers import answers, black_hole, serving, speaks_ssh

pytest_plugins = "pytester"

ROW = "  - {{listener: {0}, target_group: tg-{0}, target_port: 8022, target: 127.31.129.10{1}}}\n"
APACHE = answers(b"HTTP/1.1 200 OK\r\nServer: Apache\r\n\r\n")


def table(*rows: tuple[int, str], nodes: str = "{zone-a: 127.0.0.1, zone-b: 127.0.0.2}") -> str:
    """Return a table with rows, each of a port and more keys, at two static IPs of this machine."""
    return f"static_ips: {nodes}\nmappings:\n" + "".join(ROW.format(*row) for row in rows)


@pytest.fixture
def ports() -> Iterator[tuple[int, int]]:
    """Serve a port on two addresses, and another one on the first of them only."""
    with (
        serving(APACHE) as good,
        serving(APACHE, "127.0.0.2", good),
        serving(APACHE) as half,
    ):
        yield good, half


@pytest.fixture
def here(
    pytester: pytest.Pytester, ports: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> pytest.Pytester:
    """Return a folder with a table of those ports, where nobody asks AWS."""
    for name, value in NO_AWS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("NLBCHECK_MAPPING", raising=False)
    (pytester.path / "nlbcheck.yaml").write_text(table((ports[0], ""), (ports[1], "")))
    return pytester


NLBCHECK = ("--nlbcheck", "nlbcheck.yaml", "--nlbcheck-no-diagnose", "-p", "no:cacheprovider")


class TestItems:
    def test_one_for_each_row_and_static_ip(self, here: pytest.Pytester, ports: tuple[int, int]) -> None:
        done = here.runpytest_inprocess(*NLBCHECK, "-v")
        done.assert_outcomes(passed=3, failed=1)
        good, half = ports
        done.stdout.fnmatch_lines(
            [
                f"nlbcheck.yaml::tg-{good}[[]zone-a] PASSED*",
                f"nlbcheck.yaml::tg-{good}[[]zone-b] PASSED*",
                f"nlbcheck.yaml::tg-{half}[[]zone-a] PASSED*",
                f"nlbcheck.yaml::tg-{half}[[]zone-b] FAILED*",
                f"FAILED nlbcheck.yaml::tg-{half}[[]zone-b] - 127.0.0.2:{half} refused: the co*",
            ]
        )
        text = done.stdout.str()
        told = " ".join(text.split())
        assert f"✗ tg-{half} (TCP:{half} to " in told
        assert " fails at zone-b 127.0.0.2: refused: the connection was refused " in told
        assert "Traceback" not in text
        assert done.ret is pytest.ExitCode.TESTS_FAILED

    def test_what_nobody_may_reach_is_a_test_too(self, here: pytest.Pytester, ports: tuple[int, int]) -> None:
        entries = (
            f"  - {{address: 127.0.0.1, port: {ports[0]}, name: open}}\n"
            "  - {address: 127.0.0.1, port: 9, client: i-0123456789abcdef0, name: from elsewhere}\n"
        )
        path = here.path / "nlbcheck.yaml"
        with black_hole() as port:
            silent = f"  - {{address: 127.0.0.1, port: {port}}}\n"
            path.write_text(f"{table((ports[0], ''))}forbidden:\n{entries}{silent}")
            done = here.runpytest_inprocess(*NLBCHECK, "-v")
        done.assert_outcomes(passed=3, failed=1)
        done.stdout.fnmatch_lines(
            [
                "nlbcheck.yaml::open[[]127.0.0.1] FAILED*",
                f"nlbcheck.yaml::forbidden-127*:{port}[[]127.0.0.1] PASSED*",
            ]
        )
        assert f"127.0.0.1:{ports[0]} open: ok" in done.stdout.str()

    def test_the_tables_vantage_points_are_used(self, here: pytest.Pytester, ports: tuple[int, int]) -> None:
        path = here.path / "nlbcheck.yaml"
        path.write_text(f"via: [office=local, branch=local]\n{table((ports[0], ''), (ports[1], ''))}")
        done = here.runpytest_inprocess(*NLBCHECK, "-v")
        done.assert_outcomes(passed=3, failed=1)
        text = " ".join(done.stdout.str().split())
        assert " fails at zone-b 127.0.0.2 from office: refused" in text
        assert " fails at zone-b 127.0.0.2 from branch: refused" in text

    def test_by_keyword_by_id_and_with_other_tests(
        self, here: pytest.Pytester, ports: tuple[int, int]
    ) -> None:
        here.makepyfile("def test_other(): pass")
        here.runpytest_inprocess(*NLBCHECK, "-k", "zone-a").assert_outcomes(passed=2, deselected=2)
        named = f"nlbcheck.yaml::tg-{ports[1]}[zone-b]"
        here.runpytest_inprocess(*NLBCHECK, named).assert_outcomes(failed=1)
        here.runpytest_inprocess(*NLBCHECK, ".", "-k", "zone-a or other").assert_outcomes(
            passed=3, deselected=2
        )
        here.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)

    def test_what_failed_last_is_run_again(self, here: pytest.Pytester) -> None:
        words = ("--nlbcheck", "nlbcheck.yaml", "--nlbcheck-no-diagnose")
        here.runpytest_inprocess(*words).assert_outcomes(passed=3, failed=1)
        here.runpytest_inprocess(*words, "--lf").assert_outcomes(failed=1)

    def test_junit_xml(self, here: pytest.Pytester, ports: tuple[int, int]) -> None:
        here.runpytest_inprocess(*NLBCHECK, "--junit-xml", "report.xml")
        from junitparser import Failure, JUnitXml

        cases = {case.name: case for suite in JUnitXml.fromfile("report.xml") for case in suite}
        assert len(cases) == 4
        (failure,) = cases[f"tg-{ports[1]}[zone-b]"].result
        assert isinstance(failure, Failure)
        assert "refused: the connection was refused" in str(failure.text)
        assert cases[f"tg-{ports[0]}[zone-a]"].result == []

    def test_marks_and_hooks_of_the_users(self, here: pytest.Pytester) -> None:
        here.makeconftest(
            "import pytest\n"
            "def pytest_collection_modifyitems(items):\n"
            "    for item in items:\n"
            "        if 'zone-b' in item.name:\n"
            "            item.add_marker(pytest.mark.xfail(reason='zone-b is being built'))\n"
        )
        here.runpytest_inprocess(*NLBCHECK).assert_outcomes(passed=2, xfailed=1, xpassed=1)

    def test_several_tables(self, here: pytest.Pytester, ports: tuple[int, int]) -> None:
        (here.path / "other.yaml").write_text(table((ports[0], "")))
        done = here.runpytest_inprocess(*NLBCHECK, "--nlbcheck", "other.yaml", "-v")
        done.assert_outcomes(passed=5, failed=1)
        assert f"other.yaml::tg-{ports[0]}[zone-b] PASSED" in done.stdout.str()

    def test_with_xdist_each_worker_probes_its_own(self, here: pytest.Pytester) -> None:
        done = here.runpytest_subprocess(*NLBCHECK, "-n", "2")
        done.assert_outcomes(passed=3, failed=1)

    def test_all_are_probed_in_one_run_and_none_for_being_collected(self, pytester: pytest.Pytester) -> None:
        seen: list[float] = []

        def counts(peer: socket.socket) -> None:
            seen.append(time.monotonic())
            peer.recv(1)

        with serving(counts) as port:
            (pytester.path / "t.yaml").write_text(table((port, ""), nodes="{zone-a: 127.0.0.1}"))
            pytester.makepyfile(test_last="def test_last(): pass")
            words = ("--nlbcheck", "t.yaml", "--nlbcheck-no-diagnose", "-q")
            done = pytester.runpytest_inprocess(*words, "--collect-only")
            assert f"t.yaml::tg-{port}[zone-a]" in done.stdout.str()
            pytester.runpytest_inprocess(*words, ".", "-k", "test_last").assert_outcomes(
                passed=1, deselected=1
            )
            assert seen == []
            pytester.runpytest_inprocess(*words).assert_outcomes(passed=1)
            end = time.monotonic() + 10
            while not seen and time.monotonic() < end:  # the server may hear of it later than the client
                time.sleep(0.01)
            assert len(seen) == 1

    def test_one_that_is_run_again_is_probed_again(
        self, here: pytest.Pytester, ports: tuple[int, int]
    ) -> None:
        here.makeconftest(
            "from _pytest.runner import runtestprotocol\n"
            "def pytest_runtest_protocol(item, nextitem):\n"
            "    reports = runtestprotocol(item, nextitem=nextitem, log=False)\n"
            "    if any(report.failed for report in reports):\n"
            "        reports = runtestprotocol(item, nextitem=nextitem, log=False)\n"
            "    for report in reports:\n"
            "        item.ihook.pytest_runtest_logreport(report=report)\n"
            "    return True\n"
        )
        peers: list[int] = []

        def at_first_not(peer: socket.socket) -> None:
            peers.append(1)
            if len(peers) > 1:
                APACHE(peer)

        with serving(at_first_not) as port:
            (here.path / "t.yaml").write_text(table((port, ", check: http"), nodes="{zone-a: 127.0.0.1}"))
            done = here.runpytest_inprocess("--nlbcheck", "t.yaml", "--nlbcheck-no-diagnose")
            done.assert_outcomes(passed=1)
            assert len(peers) == 2


class TestOutcomes:
    def run(self, pytester: pytest.Pytester, *words: str) -> pytest.RunResult:
        """Run pytest in a process of its own, where warnings are no errors."""
        return pytester.runpytest_subprocess("--nlbcheck", "t.yaml", "--nlbcheck-no-diagnose", *words)

    def test_a_warning_passes_with_a_warning(self, pytester: pytest.Pytester) -> None:
        failing = answers(b"HTTP/1.1 503 Service Unavailable\r\nServer: x\x1b[2J\r\n\r\n")
        with serving(failing) as port:
            one = "{zone-a: 127.0.0.1}"
            (pytester.path / "t.yaml").write_text(table((port, ", check: http"), nodes=one))
            done = self.run(pytester)
            done.assert_outcomes(passed=1, warnings=1)
            done.stdout.fnmatch_lines(["*NlbcheckWarning: *503*server-reports-error*"])
            self.run(pytester, "-W", "error").assert_outcomes(failed=1)

    def test_what_nobody_may_reach_passes_while_it_is_silent(self, pytester: pytest.Pytester) -> None:
        closed = ", expect: {reachable: false}"
        with serving(APACHE) as opened, black_hole() as silent:
            rows = table((opened, closed), (silent, closed), nodes="{zone-a: 127.0.0.1}")
            (pytester.path / "t.yaml").write_text(rows)
            done = self.run(pytester, "-v")
            done.assert_outcomes(passed=1, failed=1)
            done.stdout.fnmatch_lines(
                [
                    f"t.yaml::tg-{opened}[[]zone-a] FAILED*",
                    f"t.yaml::tg-{silent}[[]zone-a] PASSED*",
                ]
            )

    def test_another_host_key_fails(self, pytester: pytest.Pytester) -> None:
        with serving(speaks_ssh(paramiko.ECDSAKey.generate())) as port:
            expected = f", check: ssh, expect: {{host_key: 'SHA256:{'a' * 43}'}}"
            (pytester.path / "t.yaml").write_text(table((port, expected), nodes="{zone-a: 127.0.0.1}"))
            done = self.run(pytester)
            done.assert_outcomes(failed=1)
            done.stdout.fnmatch_lines(["*unexpected: shows the ecdsa-sha2-nistp256 host key SHA256:*"])

    def test_what_somebody_else_answers_for_fails_as_probe_does(self, pytester: pytest.Pytester) -> None:
        key = paramiko.ECDSAKey.generate()
        with serving(speaks_ssh(key)) as first, serving(speaks_ssh(key)) as second:
            nodes = "{zone-a: 127.0.0.1}"
            rows = table((first, ", check: ssh"), (second, ", check: ssh"), nodes=nodes)
            (pytester.path / "t.yaml").write_text(rows.replace("10, check", "11, check", 1))
            done = self.run(pytester)
            status = nlbcheck("probe", "-m", pytester.path / "t.yaml").returncode
            assert (done.ret == 0) is (status == 0)


class TestBadInput:
    def run(self, pytester: pytest.Pytester, *words: str) -> pytest.RunResult:
        return pytester.runpytest_inprocess("--nlbcheck", "t.yaml", *words)

    def test_no_such_file(self, pytester: pytest.Pytester) -> None:
        done = self.run(pytester)
        assert done.ret is pytest.ExitCode.USAGE_ERROR
        done.stderr.fnmatch_lines(["ERROR: --nlbcheck *t.yaml: there is no such file"])

    def test_a_table_with_mistakes_is_an_error_of_the_collection(self, pytester: pytest.Pytester) -> None:
        rows = table((10022, ", tea: cold"), (10022, ""))
        (pytester.path / "t.yaml").write_text(rows)
        done = self.run(pytester)
        done.assert_outcomes(errors=1)
        text = done.stdout.str()
        assert "t.yaml" in text
        assert "tea" in text
        assert "Traceback" not in text
        assert "relays/" not in text

    def test_a_table_without_static_ips(self, pytester: pytest.Pytester) -> None:
        text = table((10022, "")).partition("\n")[2]
        (pytester.path / "t.yaml").write_text(text)
        done = self.run(pytester)
        done.assert_outcomes(errors=1)
        done.stdout.fnmatch_lines(["*no static IP of the load balancer is known: give them in the table*"])

    def test_names_that_are_hostile(self, pytester: pytest.Pytester) -> None:
        with serving(APACHE) as port:
            rows = table((port, ""), nodes='{"zone::<b>%0A`|]]>": 127.0.0.1}')
            (pytester.path / "t.yaml").write_text(rows)
            done = self.run(pytester, "-v", "--junit-xml", "x.xml")
            done.assert_outcomes(passed=1)
            (line,) = (line for line in done.stdout.lines if "PASSED" in line)
            name = line.partition(" PASSED")[0]
            assert name.count("::") == 1
            assert self.run(pytester, name).ret == 0

    def test_a_snapshot_that_is_none(self, here: pytest.Pytester) -> None:
        done = here.runpytest_inprocess("--nlbcheck", "nlbcheck.yaml", "--nlbcheck-snapshot", "none.json")
        done.assert_outcomes(passed=3, failed=1)
        assert "It was not diagnosed: " in done.stdout.str()
        assert "none.json: No such file or directory" in done.stdout.str()


class TestDiagnosis:
    @pytest.fixture
    def closed(self, pytester: pytest.Pytester) -> Iterator[pytest.Pytester]:
        """Return a folder with a table of a port that nobody answers on, and the snapshot that says why."""
        with black_hole() as port:
            snapshot, _ = on_loopback(pytester.path, port)
            document = json.loads(snapshot.read_text())
            for answer in document["answers"]:
                if answer["operation"] == "DescribeSecurityGroups":
                    for group in answer["response"]["SecurityGroups"]:
                        if group["GroupName"] == "targets":
                            group["IpPermissions"] = []
            snapshot.write_text(json.dumps(document))
            yield pytester

    def test_failures_read_like_diagnose(self, closed: pytest.Pytester) -> None:
        words = ("--nlbcheck", "nlbcheck.yaml", "--nlbcheck-snapshot", "snapshot.json")
        done = closed.runpytest_inprocess(*words)
        done.assert_outcomes(failed=1)
        text = " ".join(done.stdout.str().split())
        assert "No inbound rule of targets" in text
        assert "[sg-denies]" in text
        assert "aws ec2 authorize-security-group-ingress" in text
        assert "✗ node to target" in text

    def test_without_aws_it_says_so(self, here: pytest.Pytester) -> None:
        done = here.runpytest_subprocess("--nlbcheck", "nlbcheck.yaml")
        done.assert_outcomes(passed=3, failed=1)
        text = " ".join(done.stdout.str().split())
        assert "refused: the connection was refused" in text
        assert "AWS could not be read" in text


class TestFixture:
    def test_it_probes_and_diagnoses(self, here: pytest.Pytester, ports: tuple[int, int]) -> None:
        here.makepyfile(
            f"""
            import pytest
            from nlbcheck import ExitStatus, InputError, load
            from nlbcheck.testing.fixture import Nlbcheck

            TABLE = "nlbcheck.yaml"

            def test_good(nlbcheck: Nlbcheck):
                report = nlbcheck("tg-{ports[0]}", table=TABLE)
                assert report.exit_status is ExitStatus.OK
                assert len(report.results) == 2

            def test_bad(nlbcheck):
                nlbcheck("tg-{ports[1]}", table=load(TABLE))

            def test_report(nlbcheck, monkeypatch):
                monkeypatch.setenv("NLBCHECK_MAPPING", TABLE)
                assert nlbcheck.probe("{ports[1]}").exit_status is ExitStatus.BROKEN

            def test_diagnosis(nlbcheck):
                report = nlbcheck.diagnose("tg-{ports[1]}", table=TABLE)
                assert report.command == "diagnose"

            def test_no_table(nlbcheck):
                with pytest.raises(InputError, match="which mapping table"):
                    nlbcheck()
            """
        )
        done = here.runpytest_inprocess("-p", "no:cacheprovider")
        done.assert_outcomes(passed=4, failed=1)
        assert "refused: the connection was refused" in " ".join(done.stdout.str().split())
        assert "fixture.py" not in done.stdout.str()


class TestSilence:
    def test_nothing_else_of_nlbcheck_is_imported(self, tmp_path: Path) -> None:
        (tmp_path / "test_x.py").write_text(
            "import sys\n"
            "def test_x():\n"
            "    own = {name for name in sys.modules if name.split('.')[0] == 'nlbcheck'}\n"
            "    assert own == {'nlbcheck', 'nlbcheck.pytest_plugin'}\n"
            "    assert not {'boto3', 'paramiko', 'click', 'requests', 'yaml'} & set(sys.modules)\n"
        )
        words = [
            sys.executable,
            "-W",
            "error",
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:xdist",
            "-p",
            "no:hypothesispytest",
        ]
        done = subprocess.run([*words, tmp_path], capture_output=True, text=True, check=False, cwd=tmp_path)
        assert done.returncode == 0, done.stdout

    def test_its_import_takes_a_moment(self) -> None:
        """The bound is generous: it takes two milliseconds, and this machine is busy."""
        script = (
            "import pytest, time\n"
            "start = time.process_time()\n"
            "import nlbcheck.pytest_plugin\n"
            "print(time.process_time() - start)"
        )
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        assert float(done.stdout) < 0.05


@pytest.mark.skipif(os.geteuid() != 0 and "CI" not in os.environ, reason="namespaces need root")
def test_in_the_lab_a_failure_tells_the_cause(tmp_path: Path) -> None:
    tests = "pytest -q -p no:cacheprovider --nlbcheck $NLBCHECK_MAPPING -k tg-10022"
    command = f"cd {tmp_path} && {sys.executable} -m {tests}"
    status, output, errors = lab_run("--fault", "target-sg-one-node", "--", "bash", "-c", command)
    assert status == 1, errors
    assert "1 failed, 1 passed" in output
    text = " ".join(output.split())
    assert "[sg-denies]" in text
    assert "aws ec2 authorize-security-group-ingress" in text
