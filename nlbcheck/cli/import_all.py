"""How are the tables of all load balancers written into a folder?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from nlbcheck import files
from nlbcheck.cli.output import write_text
from nlbcheck.cli.watching import Terminal
from nlbcheck.errors import ExitStatus, InputError
from nlbcheck.language import plural
from nlbcheck.run.aws import Aws
from nlbcheck.run.import_all import TableMade, tables
from nlbcheck.run.organization import AccountReach, Skipped, of_organization, of_profiles


def write_all(
    aws: Aws,
    region: str | None,
    profiles: Sequence[str],
    organization_role: str | None,
    folder: Path | None,
    *,
    force: bool,
    quiet: bool,
) -> ExitStatus:
    """Write one table per Network Load Balancer, and say what is skipped and why."""
    if folder is None:
        raise InputError("--all: needs the folder for the tables: -o DIR")
    if aws.terraform:
        raise InputError("--all: reads AWS or a snapshot, not Terraform")
    if organization_role and (profiles[1:] or aws.role_arn or aws.snapshot):
        raise InputError(
            "--organization-role: cannot be combined with --role-arn, --snapshot, several --profile"
        )
    progress = Terminal(quiet=quiet)
    aws = aws.opened(progress)
    reached: Iterable[AccountReach | Skipped] = of_profiles(aws, profiles)
    if organization_role:
        (account,) = of_profiles(aws, profiles)
        reached = of_organization(account.aws, organization_role, region)
    many = bool(organization_role or profiles[1:] or aws.snapshot)
    made = tables(reached, region, progress)
    return _written(made, folder, progress, aws.snapshot, many=many, force=force)


def _written(
    made: Iterable[TableMade | Skipped],
    folder: Path,
    progress: Terminal,
    snapshot: Path | None,
    *,
    many: bool,
    force: bool,
) -> ExitStatus:
    endings = {ExitStatus.OK}
    count = 0
    for item in made:
        if isinstance(item, Skipped):
            progress.remark(f"{item}.")
            endings.add(ExitStatus.UNSEEN if item.unseen else ExitStatus.OK)
            continue
        file = folder / f"{_name(item, many=many)}.yaml"
        try:
            _write(item.text, file, snapshot, force=force)
        except InputError as error:
            progress.error(error)
            endings.add(error.exit_status)
            continue
        count += 1
        for remark in item.remarks:
            progress.remark(f"{file}: {remark}")
        endings.add(ExitStatus.OK if item.complete else ExitStatus.UNSEEN)
    told = plural(
        count,
        "Wrote {count} mapping table to {folder}.",
        "Wrote {count} mapping tables to {folder}.",
        folder=folder,
    )
    progress.remark(told)
    return ExitStatus.USAGE if ExitStatus.USAGE in endings else max(endings)


def _name(item: TableMade, *, many: bool) -> str:
    """Return what a file is called; of many accounts or Regions, with these."""
    place = item.account_region
    return f"{place.account}-{place.region}-{item.balancer}" if many else item.balancer


def _write(text: str, file: Path, snapshot: Path | None, *, force: bool) -> None:
    if files.is_there(file) and not force:
        raise InputError(f"{file}: already exists; --force replaces it")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{file.parent}: cannot be made ({error.strerror})") from None
    files.check_inside(file.parent, [file.name])
    files.check([file], {"the snapshot": snapshot}, "the table")
    write_text(text, file, private=True)
