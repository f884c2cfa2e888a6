"""``nlbcheck snapshot``: record what AWS says of a relay, so that it can be diagnosed later and elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from nlbcheck.cli.aws_options import aws_options
from nlbcheck.cli.options import load_table, mapping_options, region_elsewhere
from nlbcheck.cli.watching import Terminal
from nlbcheck.errors import ExitStatus, InputError
from nlbcheck.escape import printable
from nlbcheck.run.aws import Aws


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
    from nlbcheck.diagnosis.diagnose import gaps
    from nlbcheck.run.snapshot import snapshot

    if not file.parent.is_dir():
        raise InputError(f"{printable(str(file))}: cannot be written: there is no folder {file.parent}")
    table = load_table(**mapping)
    if file.resolve() == Path(table.source).resolve():
        raise InputError(f"{file}: the snapshot would replace the mapping table")
    progress = Terminal(quiet=quiet)
    elsewhere = region_elsewhere(**mapping)
    found = snapshot(table, names, aws=aws, client=client, region_elsewhere=elsewhere, progress=progress)
    recording.write(file, found)
    refused = gaps(found)
    progress.remark(f"{file}: {len(found.answers)} answers of AWS.")
    for gap in refused:
        progress.remark(f"AWS refused {gap.permission} in account {gap.account}, {gap.region}: {gap.error}.")
    return ExitStatus.UNSEEN if refused else ExitStatus.OK
