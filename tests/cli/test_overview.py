"""What does ``nlbcheck`` alone say: which table, which load balancers, and what comes next?"""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.cli.relay import NO_AWS, TABLE, aws, called
from tests.cli.running import nlbcheck
from tests.servers import says_nothing, serving


def test_with_a_table_it_names_the_table_and_offers_to_check_it(tmp_path: Path) -> None:
    (tmp_path / "nlbcheck.yaml").write_text(TABLE.read_text())
    done = nlbcheck(cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Mapping table: nlbcheck.yaml, 5 rows.\n\nNext:\n  nlbcheck probe ")
    assert "  nlbcheck diagnose --all  " in done.stderr


def test_the_table_of_the_environment_counts(tmp_path: Path) -> None:
    done = nlbcheck(cwd=tmp_path, env={"NLBCHECK_MAPPING": str(TABLE), "COLUMNS": "200"})
    assert f"Mapping table: {TABLE}, 5 rows." in done.stderr


def test_a_folder_of_tables_counts_with_all_its_rows(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.yaml").write_text(TABLE.read_text().replace("example-nlb", name))
    done = nlbcheck(cwd=tmp_path, env={"NLBCHECK_MAPPING": str(tmp_path), "COLUMNS": "200"})
    assert f"Mapping table: {tmp_path}, 10 rows." in done.stderr


def test_the_mistakes_of_a_table_are_told(tmp_path: Path) -> None:
    (tmp_path / "nlbcheck.yaml").write_text("mappings: [{listener: 0}]")
    done = nlbcheck(cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "nlbcheck.yaml" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_a_table_and_without_aws_it_says_so_and_offers_import_and_demo(tmp_path: Path) -> None:
    done = nlbcheck(cwd=tmp_path, env={**NO_AWS, "COLUMNS": "200"})
    assert (done.returncode, done.stdout) == (2, "")
    told = " ".join(done.stderr.split())
    assert told.startswith(
        "There is no mapping table: NLBCHECK_MAPPING is not set, and this folder has none of"
    )
    assert ".md. The load balancers of AWS are not visible: " in told
    assert "nlbcheck mapping import TABLE -o nlbcheck.yaml" in done.stderr
    assert "  nlbcheck demo " in done.stderr
    assert "Traceback" not in done.stderr


def test_without_a_table_it_lists_the_load_balancers_of_the_account(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NLBCHECK_MAPPING", raising=False)
    with aws() as (_, environment):
        done = called(env=environment)
    assert (done.returncode, done.stdout) == (2, "")
    told = " ".join(done.stderr.split())
    assert "Account 123456789012 has 1 Network Load Balancer in ap-northeast-1: example-nlb." in told
    assert "nlbcheck mapping import --load-balancer example-nlb -o nlbcheck.yaml" in told


def test_an_aws_that_never_answers_is_waited_for_a_few_seconds(tmp_path: Path) -> None:
    with serving(says_nothing) as port:
        environment = {
            **NO_AWS,
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "AWS_REGION": "ap-northeast-1",
        }
        keys = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret"}
        begun = time.monotonic()
        done = nlbcheck(cwd=tmp_path, env=environment | keys)
    assert time.monotonic() - begun < 30
    assert (done.returncode, done.stdout) == (2, "")
    assert "The load balancers of AWS are not visible: no answer within 5 s" in " ".join(done.stderr.split())
