"""``nlbcheck`` alone: what is there to check, and what comes next?"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING

from nlbcheck.cli.help_page import WIDEST, HelpPage
from nlbcheck.cli.options import DEFAULT_FILES, VARIABLE, load_tables, table_file
from nlbcheck.cli.streams import write_stderr
from nlbcheck.errors import ExitStatus, NlbcheckError, UnseenError
from nlbcheck.escape import printable
from nlbcheck.language import marked, plural, tell, translated
from nlbcheck.wrapping import wrapped

if TYPE_CHECKING:
    from nlbcheck.run.at_hand import BalancersAtHand

_PATIENCE = 5.0
"""Seconds that AWS has to answer: nobody asked for it."""
_SHOWN = 10
"""Load balancers that are named."""

_PROBE = marked("Check every static IP and listener port of the mapping table.")
_DIAGNOSE = marked("Find why connections fail, and the fix.")
_IMPORT = marked("Create a mapping table from the load balancer.")
_IMPORT_OWN = marked("Create a mapping table from a table of your own.")
_DEMO = marked("See nlbcheck work on an example network. No AWS account is needed.")
_HELP = marked("List the commands.")
_NEXT = marked("Next")

Offered = Sequence[tuple[str, str]]
"""Command lines, each with what it is for."""


def overview() -> ExitStatus:
    """Say which table, or which load balancers, are there, and which commands help; none was named."""
    table = table_file(None)
    told, offered = _of_table(table) if table else _of_aws()
    page = HelpPage(max_width=WIDEST)
    page.write("".join(f"{line}\n" for text in told for line in wrapped(printable(text), page.width)))
    with page.section(_NEXT):
        page.write_dl([(line, translated(what)) for line, what in (*offered, ("nlbcheck --help", _HELP))])
    write_stderr(page.getvalue().rstrip("\n"))
    return ExitStatus.USAGE


def _of_table(path: Path) -> tuple[Sequence[str], Offered]:
    """Return what there is to say of a table, and what can be done with it."""
    count = sum(len(table.rows) for table in load_tables([path]).tables)
    told = plural(
        count, "Mapping table: {file}, {count} row.", "Mapping table: {file}, {count} rows.", file=path
    )
    return [told], [("nlbcheck probe", _PROBE), ("nlbcheck diagnose --all", _DIAGNOSE)]


def _of_aws() -> tuple[Sequence[str], Offered]:
    """Return what there is to say without a table, and how one can be had."""
    first, *others = DEFAULT_FILES
    names = f"{first}, {', '.join(Path(name).suffix for name in others)}"
    none = tell(
        "There is no mapping table: {variable} is not set, and this folder has none of {names}.",
        variable=VARIABLE,
        names=names,
    )
    own = ("nlbcheck mapping import TABLE -o nlbcheck.yaml", _IMPORT_OWN)
    demo = ("nlbcheck demo", _DEMO)
    try:
        found = _asked()
    except NlbcheckError as error:
        why = str(error).partition("\n")[0]
        return [none, tell("The load balancers of AWS are not visible: {error}", error=why)], [own, demo]
    offered = [
        (f"nlbcheck mapping import --load-balancer {shlex.quote(printable(name))} -o nlbcheck.yaml", _IMPORT)
        for name in found.names[:1]
    ]
    return [none, _named(found)], [*offered, *([] if offered else [own]), demo]


def _named(found: BalancersAtHand) -> str:
    """Return the sentence on the load balancers of an account and Region."""
    place, names = found.account_region, found.names
    parts = {"account": place.account, "region": place.region}
    if not names:
        return tell("Account {account} has no Network Load Balancer in {region}.", **parts)
    listed = ", ".join([*names[:_SHOWN], *["…"][: len(names) > _SHOWN]])
    return plural(
        len(names),
        "Account {account} has {count} Network Load Balancer in {region}: {names}.",
        "Account {account} has {count} Network Load Balancers in {region}: {names}.",
        names=listed,
        **parts,
    )


def _asked() -> BalancersAtHand:
    """Return the load balancers that AWS lists; UnseenError where it does not within the time it has."""
    heard: SimpleQueue[BalancersAtHand | BaseException] = SimpleQueue()
    Thread(target=_ask, args=(heard,), daemon=True).start()
    try:
        answer = heard.get(timeout=_PATIENCE)
    except Empty:
        raise UnseenError(f"no answer within {_PATIENCE:g} s") from None
    if isinstance(answer, NlbcheckError):
        raise answer
    if isinstance(answer, BaseException):
        raise UnseenError(f"{type(answer).__name__}") from None
    return answer


def _ask(heard: SimpleQueue[BalancersAtHand | BaseException]) -> None:
    try:
        from nlbcheck.run import at_hand

        heard.put(at_hand.balancers())
    except BaseException as error:  # whoever waits says it
        heard.put(error)
