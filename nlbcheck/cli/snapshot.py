"""``nlbcheck snapshot``: record what AWS says of a relay, so that it can be diagnosed later and elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from nlbcheck import __version__
from nlbcheck.cli import vantage
from nlbcheck.cli.aws_options import Aws, aws_options
from nlbcheck.cli.options import load_table, mapping_options
from nlbcheck.cli.streams import write_stderr
from nlbcheck.errors import ExitStatus, InputError
from nlbcheck.escape import printable
from nlbcheck.model import Verdict


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("names", metavar="[NAME]...", nargs=-1)
@mapping_options
@aws_options(snapshot=False)
@click.option(
    "--client",
    metavar="SRC",
    help="Where connections start: an instance id, ENI id or address; else the table's, else this machine.",
)
@click.option("-q", "--quiet", is_flag=True, help="No progress and no remarks on stderr.")
def command(
    file: Path,
    names: Sequence[str],
    aws: Aws,
    client: str | None,
    quiet: bool,
    **mapping: Any,  # noqa: ANN401 (what mapping_options adds)
) -> ExitStatus:
    """Record into FILE what AWS says of all rows of the mapping table, or of the rows named.

    FILE is JSON, gzipped where its name ends in .gz; `diagnose --snapshot FILE` needs no credentials.
    Pre-shared keys of VPN connections are never written.

    Exit status: 0 all was recorded; 2 the command line or a file is wrong, or there is no such load balancer;
    3 something could not be seen.
    """  # fmt: skip
    from nlbcheck.aws import recording
    from nlbcheck.diagnosis.diagnose import Run, diagnose, gaps
    from nlbcheck.diagnosis.drift import balancer
    from nlbcheck.diagnosis.survey import survey

    if not file.parent.is_dir():
        raise InputError(f"{printable(str(file))}: cannot be written: there is no folder {file.parent}")
    table = load_table(**mapping)
    rows = table.select(names)
    if file.resolve() == Path(table.source).resolve():
        raise InputError(f"{file}: the snapshot would replace the mapping table")
    source = vantage.client(client or table.client, table.static_ips)
    elsewhere = load_table(**{**mapping, "region": None}).region if mapping["region"] else None
    asking = aws.asking(table, quiet=quiet, region_elsewhere=elsewhere)
    account_region = aws.home(asking.recording)
    if table.region is None and account_region:
        table = replace(table, region=account_region.region)
    seen, about = asking.ask(lambda state: balancer.of_table(state, table))
    if seen is None and about[0].verdict is Verdict.FAIL:
        raise InputError(about[0].summary)
    surveyed = asking.ask(lambda state: survey(state, table, rows, source))
    run = Run(__version__, datetime.now(UTC))
    asking.ask(lambda state: diagnose(state, table, surveyed, None, run))
    found = asking.recording
    recording.write(file, found)
    refused = gaps(found)
    if not quiet:
        write_stderr(printable(f"{file}: {len(found.answers)} answers of AWS."))
        for gap in refused:
            told = f"AWS refused {gap.permission} in account {gap.account}, {gap.region}: {gap.error}."
            write_stderr(printable(told))
    return ExitStatus.UNSEEN if refused else ExitStatus.OK
