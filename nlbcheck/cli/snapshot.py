"""``nlbcheck snapshot``: record what AWS says of a relay, so that it can be diagnosed later and elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from nlbcheck import files
from nlbcheck.cli.aws_options import aws_options
from nlbcheck.cli.options import load_table, mapping_options, region_elsewhere
from nlbcheck.cli.output import write_text
from nlbcheck.cli.watching import Terminal
from nlbcheck.errors import ExitStatus
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

    FILE is JSON, gzipped where its name ends in .gz; - is stdout. `diagnose --snapshot FILE` needs no
    credentials. Pre-shared keys of VPN connections are never written.

    Exit status: 0 all was recorded; 2 the command line or a file is wrong, or there is no such load balancer;
    3 something could not be seen.
    """  # fmt: skip
    from nlbcheck.aws import recording
    from nlbcheck.diagnosis.diagnose import gaps
    from nlbcheck.run.snapshot import snapshot

    table = load_table(**mapping)
    to = files.unless_stdout(file)
    files.check([to], {"the mapping table": Path(table.source)}, "the snapshot")
    progress = Terminal(quiet=quiet)
    elsewhere = region_elsewhere(**mapping)
    found = snapshot(table, names, aws=aws, client=client, region_elsewhere=elsewhere, progress=progress)
    if to:
        recording.write(to, found)
    else:
        write_text(recording.text(found), None)
    refused = gaps(found)
    progress.remark(f"{to or 'stdout'}: {len(found.answers)} answers of AWS.")
    for gap in refused:
        progress.remark(f"AWS refused {gap.permission} in account {gap.account}, {gap.region}: {gap.error}.")
    return ExitStatus.UNSEEN if refused else ExitStatus.OK
