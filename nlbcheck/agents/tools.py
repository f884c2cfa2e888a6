"""The tools: each takes what a model gives, calls the library, and returns a short answer."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

from pydantic import Field

from nlbcheck import explain as pages
from nlbcheck.agents import rehearsing, telling
from nlbcheck.agents.premises import Premises
from nlbcheck.agents.remarks import HeardRemarks
from nlbcheck.agents.tool_answer import ToolAnswer
from nlbcheck.agents.tool_call import ToolCall
from nlbcheck.errors import InputError
from nlbcheck.probes.limits import Limits
from nlbcheck.relays.table import Table
from nlbcheck.run.aws import Aws
from nlbcheck.vantage.port import Vantage

RowNames = Annotated[
    list[str] | None,
    Field(description="Target groups or listener ports of the table, as tg-10022 or 10022; by default all."),
]
MappingFile = Annotated[
    str | None,
    Field(description="The mapping table, a file below the server's folder; by default the usual one."),
]
SnapshotFile = Annotated[
    str | None, Field(description="A snapshot file to look at; by default AWS itself is asked.")
]
StartsAt = Annotated[
    str | None,
    Field(description="Where connections start: an instance id, interface id or address; else this machine."),
]
TriedCalls = Annotated[
    list[ToolCall] | None,
    Field(description="AWS calls to try on the recorded state first, in order. None is made in AWS."),
]
ProbeSeconds = Annotated[float, Field(gt=0, le=60, description="Seconds for one probe.")]


@dataclass(frozen=True)
class Tools:
    """What an agent can ask of nlbcheck. Each method is a tool, and its docstring what the model reads."""

    premises: Premises
    load: Callable[[Path | None, Aws], Table]
    """Reads the table of a path, or the usual one."""
    aws: Aws
    """As whom AWS is asked."""
    may_go: bool = False
    """Whether probes are made from the hosts that a table names under via."""

    def probe(
        self, rows: RowNames = None, mapping: MappingFile = None, timeout_s: ProbeSeconds = 5
    ) -> ToolAnswer:
        """Check from this machine that each listener of a Network Load Balancer reaches the right server.

        One connection to each static IP and port: TCP, TLS, HTTP or SSH without a login. AWS is not asked.
        Use it first; where a row fails, use diagnose.
        """
        from nlbcheck.run.probe import probe

        heard = HeardRemarks()
        table = self._table(mapping, self.aws)
        limits = Limits(timeout=timeout_s)
        with self._vantages(table, self.aws, heard) as points:
            report = probe(table, rows or (), limits=limits, vantage=points, progress=heard)
        return telling.of_report(report, heard.said)

    def diagnose(
        self,
        rows: RowNames = None,
        mapping: MappingFile = None,
        snapshot: SnapshotFile = None,
        client: StartsAt = None,
        plan: Annotated[
            str | None, Field(description="A Terraform plan as JSON: what will the apply break?")
        ] = None,
        calls: TriedCalls = None,
    ) -> ToolAnswer:
        """Say why rows of the mapping table fail, with the cause, its evidence and a fix.

        Probes from this machine, reads AWS and walks the packets' path; with a snapshot, plan or calls
        nothing is probed. Nothing is changed in AWS. The verdict unknown means that something could not be
        seen: say so, and never take it for a pass.
        """
        from nlbcheck.run.diagnose import diagnose

        heard = HeardRemarks()
        with rehearsing.listed(calls) as tried:
            aws = replace(self._aws(snapshot), plan=self.premises.readable(plan), calls=tried)
            opened = aws.opened(heard)
            table = self._table(mapping, opened)
            with self._vantages(table, opened, heard) as points:
                report = diagnose(
                    table, rows or (), aws=opened, client=client, vantage=points, progress=heard
                )
        return telling.of_report(report, heard.said)

    def trace(
        self,
        source: Annotated[str, Field(description="An instance id, interface id or address.")],
        destination: Annotated[str, Field(description="The IP address that the source connects to.")],
        port: Annotated[int, Field(ge=1, le=65535)],
        snapshot: SnapshotFile = None,
        mapping: MappingFile = None,
        calls: TriedCalls = None,
    ) -> ToolAnswer:
        """Walk one TCP connection, request and reply, through AWS as it is or as a snapshot has it.

        The connection may go through a load balancer or not. Nothing is sent to the destination.
        """
        from nlbcheck.run.trace import trace

        heard = HeardRemarks()
        with rehearsing.listed(calls) as tried:
            aws = replace(self._aws(snapshot), calls=tried).opened(heard)
            table = None if snapshot else self._table(mapping, aws)
            found = trace(source, destination, port, aws=aws, table=table, progress=heard)
        return telling.of_trace(found, heard.said)

    def mapping_check(
        self,
        mapping: MappingFile = None,
        snapshot: SnapshotFile = None,
        terraform: Annotated[
            str | None, Field(description="A Terraform plan or state, as JSON, to compare with, not AWS.")
        ] = None,
    ) -> ToolAnswer:
        """Compare the mapping table with AWS: listeners, target groups, targets and static IPs."""
        from nlbcheck.run.drift import check

        heard = HeardRemarks()
        written = self.premises.readable(terraform)  # a folder's files may name any others
        aws = replace(self._aws(snapshot), terraform=written).opened(heard)
        table = self._table(mapping, aws)
        return telling.of_drift(check(table, aws=aws, progress=heard), table, heard.said)

    def explain(
        self,
        code: Annotated[
            str | None, Field(description="A finding's code, such as sg-denies; without one, all are listed.")
        ] = None,
    ) -> str:
        """Tell what a finding means, how it shows, how to find its cause and how to fix it."""
        if code:
            return pages.page(code).text
        return "\n".join(f"{page.code} ({page.verdict}): {page.title}" for page in pages.pages())

    def snapshot(
        self,
        file: Annotated[str, Field(description="The new file, below the server's folder: NAME.json[.gz].")],
        rows: RowNames = None,
        mapping: MappingFile = None,
        client: StartsAt = None,
        probing: Annotated[bool, Field(description="Record what the rows answer now, too.")] = False,
    ) -> ToolAnswer:
        """Record what AWS says of the table's rows into a new file, to diagnose it later or elsewhere.

        It holds the network's layout: it is for whoever may see that in AWS. No file is replaced.
        """
        from nlbcheck.aws import recording
        from nlbcheck.aws.sources.snapshot_file import document
        from nlbcheck.run.snapshot import snapshot

        to = self.premises.writable(file)
        heard = HeardRemarks()
        found = snapshot(
            self._table(mapping, self.aws),
            rows or (),
            aws=self.aws,
            client=client,
            probing=probing,
            progress=heard,
        )
        recording.write_document(self.premises.writable(file), document(found))
        return telling.of_snapshot(found, to, heard.said)

    def lab_try(
        self,
        rows: RowNames = None,
        snapshot: Annotated[
            str | None, Field(description="The recorded network; by default the built-in example.")
        ] = None,
        mapping: MappingFile = None,
        client: StartsAt = None,
        faults: Annotated[
            list[str] | None,
            Field(description="Faults to inject first, as `nlbcheck lab faults` lists them."),
        ] = None,
        calls: TriedCalls = None,
    ) -> ToolAnswer:
        """Bring a recorded network up in namespaces of this machine, change it, and diagnose it there.

        Real packets are sent, to the lab's own servers alone. Use it to try a fix before proposing it: give
        the snapshot and the fix as calls. Neither AWS nor this machine is changed.
        """
        named = {
            "--snapshot": self.premises.readable(snapshot),
            "--mapping": self.premises.readable(mapping),
            "--client": client,
        }
        with rehearsing.listed(calls) as tried:
            given = {**named, "--apply": tried}
            options = [f"{name}={value}" for name, value in given.items() if value]
            options += [f"--fault={name}" for name in faults or ()]
            report = rehearsing.rehearsed(options, rows or (), self.premises.folder)
        return telling.of_report(report, ("This is the lab's verdict: the network itself is as it was.",))

    def _aws(self, snapshot: str | None) -> Aws:
        return replace(self.aws, snapshot=self.premises.readable(snapshot))

    def _vantages(
        self, table: Table, aws: Aws, heard: HeardRemarks
    ) -> AbstractContextManager[tuple[Vantage, ...]]:
        """Return from where probes are made; where none is made, no other host is gone to."""
        from nlbcheck.run.vantage_points import opened

        is_live = aws.snapshot is None and aws.foreseen is None
        if table.via and is_live and not self.may_go:
            heard.remark("The table's via is left out: this server was started without --allow-via.")
        return opened(table if is_live and self.may_go else replace(table, via=()), aws=aws)

    def _table(self, mapping: str | None, aws: Aws) -> Table:
        table = self.load(self.premises.readable(mapping), aws)
        if not self.may_go and (table.profile or table.role_arn or table.client_profile):
            raise InputError(
                f"{table.source}: names a profile or role of AWS, whose rights a table may choose only where "
                "this server was started with --allow-via"
            )
        return table
