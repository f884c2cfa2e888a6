"""The script that is made of flows: its size, its order, its turns, and what may not break out of it."""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from nlbcheck.model import Check
from nlbcheck.probes.limits import Limits
from nlbcheck.vantage.shell import questions
from nlbcheck.vantage.shell.questions import Crowd
from tests.servers import Crowd as Visitors
from tests.servers import program, serving
from tests.vantage.shell.shells import QUICK, flow, run

HOSTS = tuple(f"i-{number:017x}" for number in range(8))


def test_the_largest_part_fits_into_a_document_of_systems_manager() -> None:
    flows = [flow(10_000 + number, Check.SSH, "255.255.255.255") for number in range(600)]
    for hosts in (1, 500, 5000):
        crowd = Crowd(tuple(f"i-{number:017x}" for number in range(hosts)))
        assert len(questions.script(dict(enumerate(flows)), Limits(), crowd).text) < 60_000


def test_each_host_has_a_turn_of_its_own_and_together_they_keep_the_limit() -> None:
    limits = replace(QUICK, per_target=2, rest=0.1)
    crowd = Crowd(HOSTS)
    assert crowd.gap(limits) == 8 * 0.1 / 2
    assert Crowd(HOSTS[:2]).gap(limits) == 0
    text = questions.script({0: flow(22), 1: flow(22)}, limits, crowd).text
    turns = dict(re.findall(r"^(i-\w+)\) turn_ms=(\d+) ;;$", text, re.MULTILINE))
    assert [int(turns[host]) for host in HOSTS] == [0, 50, 100, 150, 200, 250, 300, 350]
    assert text.count("\nturn\n") == 2  # one for each connection to the target


def test_hosts_that_start_at_once_come_to_a_target_one_after_another() -> None:
    crowd = Visitors()
    limits = replace(QUICK, per_target=1, rest=0.15)
    with serving(crowd.answer) as port:
        script = questions.script({0: flow(port, Check.HTTP)}, limits, Crowd(HOSTS[:4]))
        processes = [
            subprocess.Popen(
                [program("dash"), "-c", script.text],
                env={"PATH": "/usr/bin:/bin", "AWS_SSM_INSTANCE_ID": host},
                stdout=subprocess.PIPE,
            )
            for host in HOSTS[:4]
        ]
        outputs = [process.communicate(timeout=30)[0] for process in processes]
    assert all(b"end " in output for output in outputs)
    assert crowd.most <= 2  # on a busy machine a turn may begin late


def test_a_target_hears_from_a_host_one_connection_after_the_other() -> None:
    crowd = Visitors()
    with serving(crowd.answer) as port:
        flows = [replace(flow(port, Check.HTTP), target="one") for _ in range(12)]
        run(questions.script(dict(enumerate(flows)), QUICK))
    assert crowd.most == 1


def test_what_may_reach_any_of_several_targets_is_alone_with_all_of_them() -> None:
    one = replace(flow(1), target="a", any_of=("a", "b"))
    other = replace(flow(2), target="b")
    text = questions.script({0: one, 1: other, 2: replace(flow(3), target="c")}, QUICK).text
    workers = [part.split("TASKS")[0] for part in text.split("<<'TASKS' &")[1:]]
    together = Counter(len(re.findall(r"^\d+ tcp ", worker, re.MULTILINE)) for worker in workers)
    assert together == {2: 1, 1: 1}


@given(st.text(st.characters(max_codepoint=0xFF, exclude_characters="\r\n"), min_size=1, max_size=60))
def test_no_host_header_breaks_out_of_the_script(host: str) -> None:
    asked = flow(80, Check.HTTP, host=host, path="/a'b$(id)`id`")
    text = questions.script({0: asked}, QUICK).text
    (line,) = re.findall(r"^question0='.*$", text, re.MULTILINE)
    assert re.fullmatch(r"question0='[^']*' path0='[^']*' host0='[^']*'", line)
    shown = subprocess.run(
        [program("dash"), "-c", f'{line}\nprintf %b "$question0"'], capture_output=True, check=True
    )
    wanted = questions.exchange(asked).question
    assert shown.stdout.replace(b"@", str(asked.dialled).encode()) == wanted.replace(
        b"@", str(asked.dialled).encode()
    )
