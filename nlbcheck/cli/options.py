"""The options that several commands share."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import click

from nlbcheck.cli import choices, understood
from nlbcheck.errors import InputError
from nlbcheck.model import Address, Node
from nlbcheck.model.where import Where, check_names
from nlbcheck.relays import Table, load, load_embedded
from nlbcheck.relays.fields import address
from nlbcheck.relays.many import TableSet, load_all
from nlbcheck.run.aws import Aws

VARIABLE = "NLBCHECK_MAPPING"
LAB = "NLBCHECK_LAB"
"""Inside a lab: the addresses of its load balancers."""
DEFAULT_FILES = tuple(f"nlbcheck.{suffix}" for suffix in ("yaml", "yml", "json", "csv", "tsv", "md"))
_DEFAULT = f"${VARIABLE}, or the first of {', '.join(DEFAULT_FILES).replace(' nlbcheck', ' ')} in this folder"
"""The table where none is named, for people."""

Command = TypeVar("Command", bound=Callable[..., Any])


def _static_ips(ctx: click.Context, param: click.Parameter, values: Sequence[str]) -> tuple[Node, ...]:
    """Return the static IPs, written ``ZONE=ADDRESS`` or ``ADDRESS``; none may be there twice."""
    nodes = [Node(zone or None, number) for zone, number in _assigned(values, ctx, param)]
    labels = [node.label for node in nodes]
    for twice in (labels, [str(node.address) for node in nodes]):
        if len(set(twice)) < len(nodes):
            raise click.BadParameter(f"a zone or an address is given twice: {', '.join(values)}", ctx, param)
    return tuple(nodes)


def _targets(ctx: click.Context, param: click.Parameter, values: Sequence[str]) -> dict[str, Address]:
    """Return the targets' addresses, written ``NAME=ADDRESS``."""
    for value in values:
        if not value.rpartition("=")[0].strip():
            raise click.BadParameter(f"'{value}': expected NAME=ADDRESS", ctx, param)
    return dict(_assigned(values, ctx, param))


def _places(ctx: click.Context, param: click.Parameter, values: Sequence[str]) -> tuple[Where, ...]:
    """Return the vantage points, written ``[NAME=]WHERE``."""
    try:
        places = tuple(map(Where.parse, values))
    except ValueError as error:
        raise click.BadParameter(str(error), ctx, param) from None
    check_names(places)
    return places


def _columns(
    ctx: click.Context, param: click.Parameter, values: Sequence[str]
) -> tuple[tuple[str, str], ...]:
    """Return what columns are, written ``KEY=HEADING``."""
    pairs = [value.partition("=")[::2] for value in values]
    for key, heading in pairs:
        from nlbcheck.relays.readers.columns import ROLES

        if key not in ROLES or not heading.strip():
            told = f"expected KEY=HEADING, KEY one of {', '.join(ROLES)}"
            raise click.BadParameter(f"'{key}={heading}': {told}", ctx, param)
    return tuple((key, heading.strip()) for key, heading in pairs)


def _assigned(
    values: Sequence[str], ctx: click.Context, param: click.Parameter
) -> Sequence[tuple[str, Address]]:
    """Return the part before the last ``=`` of each value, and the address after it."""
    pairs = []
    for value in values:
        name, _, number = value.rpartition("=")
        try:
            pairs.append((name.strip(), address(number)))
        except ValueError as error:
            raise click.BadParameter(str(error), ctx, param) from None
    return pairs


_OPTIONS = (
    click.option(
        "-m", "--mapping", type=click.Path(path_type=Path), metavar="FILE",
        help=f"The mapping table. Default: {_DEFAULT}.",
    ),
    click.option("--load-balancer", metavar="NAME", help="Name of the load balancer."),
    click.option("--region", help="Region of the load balancer."),
    click.option(
        "--static-ip", "static_ips", metavar="[ZONE=]ADDRESS", multiple=True, callback=_static_ips,
        help="A static IP of the load balancer, in place of the table's; may be repeated.",
    ),
    click.option(
        "--target", "targets", metavar="NAME=ADDRESS", multiple=True, callback=_targets,
        shell_complete=choices.targets,
        help="Address of a target that the table names; may be repeated.",
    ),
    click.option(
        "--column", "columns", metavar="KEY=HEADING", multiple=True, callback=_columns,
        help="Meaning of a column whose heading is unknown, such as listener=入口; may be repeated.",
    ),
)  # fmt: skip


_SEVERAL = click.option(
    "-m", "--mapping", type=click.Path(path_type=Path), metavar="FILE", multiple=True,
    help=f"The mapping table, or a folder of tables; may be repeated. Default: {_DEFAULT}.",
)  # fmt: skip


def mapping_options(command: Command) -> Command:
    """Add the options that say which table is meant, under the names that ``load_table`` takes."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


via_option = click.option(
    "--via", metavar="[NAME=]WHERE", multiple=True, callback=_places,
    help="Probe from another host: ssh://[USER@]HOST[:PORT], ssm://INSTANCE, ssm://tag:KEY=VALUE, or local; "
    "may be repeated. Default: 'via' of the table. On ssm:// hosts, SendCommand runs a shell script.",
)  # fmt: skip
"""From where probes are made; the command takes a sequence of `Where`."""


def tables_options(command: Command) -> Command:
    """Add the options that say which tables are meant, under the names that ``load_tables`` takes."""
    for option in reversed((_SEVERAL, *_OPTIONS[1:])):
        command = option(command)
    return command


def file_options(command: Command) -> Command:
    """Add the options that complete a table which is read from a named file."""
    for option in reversed(_OPTIONS[-3:]):
        command = option(command)
    return command


def load_tables(
    mapping: Sequence[Path] = (),
    aws: Aws = Aws(),  # noqa: B008 (frozen)
    **given: Any,  # noqa: ANN401 (as of load_table)
) -> TableSet:
    """Return the tables that the options mean; see `load_table`.

    Raises InputError for options that are one load balancer's, where there are tables of several.
    """
    if not mapping and aws.held and aws.held.table is not None:
        return TableSet((load_table(None, aws, **given),))
    tables = load_all(mapping or [table_path()], lambda path: load_table(path, aws, **given))
    if len(tables.files) > 1:
        for option in ("load_balancer", "static_ips"):
            if given.get(option):
                name = option.replace("_", "-").removesuffix("s")
                raise InputError(f"--{name}: needs a single table: there are {len(tables.files)}")
    return tables


def load_table(
    mapping: Path | None = None,
    aws: Aws = Aws(),  # noqa: B008 (frozen)
    *,
    load_balancer: str | None = None,
    region: str | None = None,
    static_ips: Sequence[Node] = (),
    targets: Mapping[str, Address] = MappingProxyType({}),
    columns: Sequence[tuple[str, str]] = (),
) -> Table:
    """Return the table that the options mean; they win over what the table says.

    A snapshot that has been opened brings its table along, for where no other one is named.
    """
    held = aws.held.table if aws.held else None
    if mapping is None and held is not None and aws.snapshot:
        return load_embedded(
            held,
            aws.snapshot,
            load_balancer=load_balancer,
            region=region,
            static_ips=static_ips,
            targets=targets,
        )
    table = load(
        mapping or table_path(),
        load_balancer=load_balancer,
        region=region,
        static_ips=static_ips,
        targets=targets,
        columns=columns,
    )
    understood.remark_unprobed(table)
    whole = held.get("load_balancer") if held else None
    if isinstance(whole, str) and table.load_balancer and whole.endswith(f"-{table.load_balancer}"):
        return replace(table, load_balancer=whole)  # a snapshot knows of no other one that ends so
    return table


def files_of(tables: TableSet) -> dict[str, Path | None]:
    """Return the files of tables, by what messages call them."""
    if len(tables.files) == 1:
        return {"the mapping table": Path(tables.files[0])}
    return {f"the mapping table {file}": Path(file) for file in tables.files}


def refuse_outside(table: Table) -> None:
    """Raise InputError where this runs in a lab that has none of the table's static IPs."""
    there = os.environ.get(LAB, "").split()
    if there and table.static_ips and not any(str(node.address) in there for node in table.static_ips):
        raise InputError(
            f"{table.source}: is for another load balancer: that of this lab has {', '.join(there)}"
        )


def region_elsewhere(
    mapping: Path | Sequence[Path] | None = None,
    aws: Aws = Aws(),  # noqa: B008 (frozen)
    *,
    region: str | None = None,
    **_others: object,
) -> str | None:
    """Return the only table's own Region, where an option names another one for AWS to be asked in."""
    if not region or aws.snapshot is not None:
        return None
    tables = load_tables([mapping] if isinstance(mapping, Path) else mapping or ())
    return tables.tables[0].region if len(tables.files) == 1 else None


def table_file(mapping: Path | None) -> Path | None:
    """Return the file of the table that is named or found here, None where there is none."""
    try:
        return mapping or table_path()
    except InputError:
        return None


def table_path() -> Path:
    """Return the table to use where no option names one."""
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named)
    for name in DEFAULT_FILES:
        if Path(name).exists():
            return Path(name)
    raise InputError(
        f"there is no mapping table: name one with -m FILE or in ${VARIABLE}, or put one of "
        f"{', '.join(DEFAULT_FILES)} into this folder"
    )
