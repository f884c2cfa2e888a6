"""What does AWS say of a relay, recorded so that it can be diagnosed later and elsewhere?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from nlbcheck import __version__
from nlbcheck.aws import narrowing
from nlbcheck.aws.resources.load_balancer import LoadBalancer
from nlbcheck.aws.sources.snapshot_file import Snapshot
from nlbcheck.aws.state import AwsState
from nlbcheck.diagnosis import balancers
from nlbcheck.diagnosis.drift import balancer
from nlbcheck.diagnosis.judge import Sight, judge
from nlbcheck.diagnosis.report import Run
from nlbcheck.diagnosis.survey import survey
from nlbcheck.diagnosis.walkers import source_of
from nlbcheck.errors import InputError
from nlbcheck.formats import json
from nlbcheck.model import THIS_MACHINE, Client, Node, Verdict
from nlbcheck.model.facts import NotVisible
from nlbcheck.probes.limits import Limits
from nlbcheck.relays import document
from nlbcheck.relays.table import Table
from nlbcheck.run import forbidden
from nlbcheck.run.aws import Aws
from nlbcheck.run.probe import probe
from nlbcheck.run.progress import SILENT, Progress
from nlbcheck.vantage.local import ThisMachine
from nlbcheck.vantage.port import Vantage


def snapshot(
    table: Table,
    names: Sequence[str] | str = (),
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
    here = vantage or ThisMachine()
    wanted = client or table.client
    nodes = table.static_ips
    source = Client(wanted) if wanted else here.identity(str(nodes[0].address) if nodes else None)
    asking = aws.asking(table, progress=progress, region_elsewhere=region_elsewhere)
    home = aws.home(asking.recording)
    placed = replace(table, region=table.region or (home.region if home else None))
    seen, about = asking.ask(partial(balancer.of_table, table=placed))
    if seen is None and about[0].verdict is Verdict.FAIL:
        raise InputError(about[0].summary)
    surveyed = asking.ask(partial(survey, table=placed, rows=rows, client=source))
    run = Run(__version__, datetime.now(UTC), "snapshot")
    asking.ask(partial(judge, table=placed, sights=[Sight(surveyed)], run=run))
    asking.ask(partial(forbidden.walks, entries=table.select_forbidden(names), client=surveyed.client))
    asking.try_permissions()
    found = asking.recording
    state = AwsState(found)
    if seen is not None:
        # By the end of its name it is found in a list of all; without that list, by the whole name.
        table = replace(table, load_balancer=seen.name, region=seen.account_region.region)
        found = narrowing.to_balancer(found, seen)
    report = None
    if probing:
        dialled = replace(table, static_ips=table.static_ips or _static_ips(state, seen))
        answers = probe(
            dialled, names, limits=limits, banner_only=banner_only, vantage=here, progress=progress
        )
        report = json.document(answers)
    known = source_of(state, source) if source.source == THIS_MACHINE else None
    return Snapshot(found, document.of_table(table), Client(known, known) if known else source, report)


def _static_ips(state: AwsState, seen: LoadBalancer | None) -> tuple[Node, ...]:
    """Return the addresses that AWS shows for clients to dial, none where that is not visible."""
    found = balancers.static_ips(state, seen) if seen else ()
    return () if isinstance(found, NotVisible) else found
