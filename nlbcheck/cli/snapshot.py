"""``nlbcheck snapshot``: record what AWS says of a relay, so that it can be diagnosed later and elsewhere."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nlbcheck import files
from nlbcheck.cli import choices
from nlbcheck.cli.aws_options import aws_options
from nlbcheck.cli.interrupts import one_interrupt
from nlbcheck.cli.options import load_table, mapping_options, region_elsewhere, table_file
from nlbcheck.cli.output import write_text
from nlbcheck.cli.probing import ProbeOptions, probe_options
from nlbcheck.cli.spoken import SpokenCommand
from nlbcheck.cli.watching import Terminal
from nlbcheck.errors import ExitStatus, InputError
from nlbcheck.interruption import OF_THIS_PROCESS
from nlbcheck.language import marked, plural, tell
from nlbcheck.run.aws import Aws

if TYPE_CHECKING:
    from nlbcheck.aws.sources.snapshot_file import Snapshot

_RECORDED = (
    marked("{file}: recorded {count} AWS response."),
    marked("{file}: recorded {count} AWS responses."),
)
_REDACTED = (
    marked("{file}: recorded {count} AWS response, redacted."),
    marked("{file}: recorded {count} AWS responses, redacted."),
)


@click.command(cls=SpokenCommand)
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.argument("names", metavar="[NAME]...", nargs=-1, shell_complete=choices.rows)
@mapping_options
@aws_options(snapshot=False)
@click.option(
    "--client",
    metavar="SRC",
    help="Source of the connections: an instance ID, an ENI ID or an address. Default: the table's client, "
    "or this machine.",
)
@click.option("--permissions", is_flag=True, help="Print the IAM policy that allows all calls of nlbcheck.")
@click.option("--probe", "probing", is_flag=True, help="Probe the rows as well, and record the results.")
@click.option(
    "--redact",
    is_flag=True,
    help="Replace names, account IDs and public addresses.",
)
@click.option(
    "--from",
    "made",
    type=click.Path(path_type=Path),
    metavar="SNAPSHOT",
    help="With --redact: read this snapshot file instead of AWS.",
)
@probe_options
@click.option("-q", "--quiet", is_flag=True, help="Show no progress and no remarks on stderr.")
def command(
    file: Path | None,
    names: Sequence[str],
    aws: Aws,
    client: str | None,
    permissions: bool,
    probing: bool,
    redact: bool,
    made: Path | None,
    probes: ProbeOptions,
    quiet: bool,
    **mapping: Any,  # noqa: ANN401 (what mapping_options adds)
) -> ExitStatus:
    """Record the state of AWS for all rows of the mapping table, or for the named rows, in FILE.

    FILE is JSON, compressed if its name ends in .gz; - is stdout. It also holds the mapping table and the
    client: `diagnose --all --snapshot FILE` needs no other file and no credentials. nlbcheck never writes
    pre-shared keys of VPN connections.

    With --redact, you can attach FILE to a ticket. nlbcheck replaces names (of load balancers, target groups,
    security groups, targets, users), keys and values of tags, account IDs, public addresses, DNS names,
    descriptions, host keys, names in certificates, HTTP headers, banners and error messages. The same text
    has the same replacement everywhere, so `diagnose` finds the same. IDs of resources (i-0123…), private
    addresses, Regions, ports, states and times stay. The key of the replacement is random and is not stored.

    With --permissions, nlbcheck prints the IAM policy. It takes no FILE and does not call AWS.

    Exit status: 0 everything is recorded, whatever the probes find; 2 the command line or a file is wrong, or
    the load balancer does not exist; 3 something could not be seen; 130 interrupted.
    """  # fmt: skip
    from nlbcheck.run.snapshot import snapshot

    if permissions:
        return _print_policy(**mapping)
    if file is None:
        raise InputError("no file is named: name the FILE to write, or - for stdout")
    progress = Terminal(quiet=quiet)
    if made is not None:
        if not redact or names or probing or client:
            raise InputError("--from: needs --redact, and cannot be combined with rows, --probe or --client")
        return _redact_file(made, file, progress=progress, **mapping)
    table = load_table(**mapping)
    to = files.unless_stdout(file)
    files.check([to], {"the mapping table": Path(table.source)}, "the snapshot")
    if probing and table.via:
        progress.remark(tell("This machine makes the probes, not the vantage points of the table."))
    record = partial(snapshot, table, names, aws=aws, client=client, probing=probing, progress=progress)
    with one_interrupt(whole_report=True):
        found = record(
            limits=probes.limits,
            banner_only=probes.banner_only,
            region_elsewhere=region_elsewhere(**mapping),
        )
        if found.report and OF_THIS_PROCESS.asked:
            found = replace(found, report={**found.report, "exit_status": int(ExitStatus.INTERRUPTED)})
        _write(found, to, redact=redact, progress=progress)
    return _ended(found, progress)


def _redact_file(made: Path, file: Path, *, progress: Terminal, **mapping: Any) -> ExitStatus:  # noqa: ANN401
    """Write into ``file`` what the snapshot file ``made`` holds, redacted, with the table that is named."""
    from nlbcheck.aws.sources.snapshot_file import read
    from nlbcheck.relays.document import of_table

    to = files.unless_stdout(file)
    read_ = {"the snapshot to be redacted": made, "the mapping table": mapping["mapping"]}
    files.check([to], read_, "the snapshot")
    found = read(made)
    if mapping["mapping"]:
        found = replace(found, table=of_table(load_table(**mapping)))
    _write(found, to, redact=True, progress=progress)
    return ExitStatus.OK


def _write(found: Snapshot, to: Path | None, *, redact: bool, progress: Terminal) -> None:
    """Write a snapshot to a file, or to stdout."""
    from nlbcheck.aws import recording
    from nlbcheck.aws.redaction.redactor import redacted
    from nlbcheck.aws.sources.snapshot_file import document

    written = document(found)
    if redact:
        written = redacted(written, secrets.token_bytes(32))
    if to:
        recording.write_document(to, written)
    else:
        write_text(recording.text(written), None)
    one, many = _REDACTED if redact else _RECORDED
    progress.remark(plural(len(found.recording.answers), one, many, file=to or "stdout"))


def _ended(found: Snapshot, progress: Terminal) -> ExitStatus:
    """Say what AWS has refused, and return how the command ends."""
    from nlbcheck.diagnosis.judge import gaps
    from nlbcheck.model.gap import refusals

    refused = gaps(found.recording)
    for told in refusals(refused):
        progress.remark(told)
    if found.report and found.report["exit_status"] == ExitStatus.INTERRUPTED:
        return ExitStatus.INTERRUPTED
    return ExitStatus.UNSEEN if refused else ExitStatus.OK


def _print_policy(**mapping: Any) -> ExitStatus:  # noqa: ANN401 (what mapping_options adds)
    """Print the policy for the load balancer's account; nothing in a table makes it smaller."""
    from nlbcheck.aws.known_calls import kinds
    from nlbcheck.model.permissions import action, policy

    if table_file(mapping["mapping"]):
        load_table(**mapping)  # a wrong one is told before anybody takes its policy to an account
    actions = [action(kind.service, kind.operation) for kind in kinds()]
    write_text(json.dumps(policy({"NlbcheckReadsThePath": actions}), indent=2) + "\n", None)
    return ExitStatus.OK
