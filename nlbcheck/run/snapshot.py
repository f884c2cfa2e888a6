"""What does AWS say of a relay, recorded so that it can be diagnosed later and elsewhere?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from nlbcheck import __version__
from nlbcheck.aws import narrowing
from nlbcheck.aws.balancers import LoadBalancer
from nlbcheck.aws.snapshot import Snapshot
from nlbcheck.aws.state import AwsState
from nlbcheck.diagnosis import balancers
from nlbcheck.diagnosis.diagnose import Run, diagnose
from nlbcheck.diagnosis.drift import balancer
from nlbcheck.diagnosis.survey import source_of, survey
from nlbcheck.errors import InputError
from nlbcheck.formats import json
from nlbcheck.model import THIS_MACHINE, Client, Node, Verdict
from nlbcheck.model.facts import NotVisible
from nlbcheck.probes.limits import Limits
from nlbcheck.relays import document
from nlbcheck.relays.table import Table
from nlbcheck.run import clients
from nlbcheck.run.aws import Aws
from nlbcheck.run.probe import probe
from nlbcheck.run.progress import SILENT, Progress
from nlbcheck.vantage.port import Vantage


def snapshot(
    table: Table,
    names: Sequence[str] = (),
    *,
    aws: Aws = Aws(),  # noqa: B008 (frozen)
    client: str | None = None,
    probing: bool = False,
    limits: Limits = Limits(),  # noqa: B008 (frozen)
    banner_only: bool = False,
    vantage: Vantage | None = None,
    region_elsewhere: str | None = None,
    progress: Progress = SILENT,
) -> Snapshot:
    """Return what AWS says of the rows of ``table`` that ``names`` mean, with the whole table and the client.

    Of other load balancers nothing is kept. With ``probing``, the rows' answers of now are in it, too, as the
    report of a ``probe``. ``client`` and ``region_elsewhere`` are as for a diagnosis. Raises InputError where
    there is no such load balancer, UnseenError where AWS cannot be asked.
    """
    rows = table.select(names)
    source = clients.client(client or table.client, table.static_ips)
    asking = aws.asking(table, region_elsewhere=region_elsewhere, progress=progress)
    home = aws.home(asking.recording)
    if table.region is None and home:
        table = replace(table, region=home.region)
    seen, about = asking.ask(lambda state: balancer.of_table(state, table))
    if seen is None and about[0].verdict is Verdict.FAIL:
        raise InputError(about[0].summary)
    # What a diagnosis would ask, fixes and all.
    surveyed = asking.ask(lambda state: survey(state, table, rows, source))
    run = Run(__version__, datetime.now(UTC))
    asking.ask(lambda state: diagnose(state, table, surveyed, None, run))
    found, state = asking.recording, AwsState(asking.recording)
    if seen is not None:
        # By the end of its name it is found in a list of all; without that list, by the whole name.
        table = replace(table, load_balancer=seen.name, region=seen.account_region.region)
        found = narrowing.to_balancer(found, seen)
    report = None
    if probing:
        dialled = replace(table, static_ips=table.static_ips or _static_ips(state, seen))
        answers = probe(
            dialled, names, limits=limits, banner_only=banner_only, vantage=vantage, progress=progress
        )
        report = json.document(answers)
    known = source_of(state, source) if source.source == THIS_MACHINE else None
    return Snapshot(found, document.of_table(table), Client(known, known) if known else source, report)


def _static_ips(state: AwsState, seen: LoadBalancer | None) -> tuple[Node, ...]:
    """Return the addresses that AWS shows for clients to dial, none where that is not visible."""
    found = balancers.static_ips(state, seen) if seen else ()
    return () if isinstance(found, NotVisible) else found
