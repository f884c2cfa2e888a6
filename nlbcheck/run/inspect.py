"""What do the rows' targets say themselves: who listens, who is connected, what their firewalls do?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from functools import partial

from nlbcheck.diagnosis import host_questions
from nlbcheck.diagnosis.survey import survey
from nlbcheck.errors import ExitStatus, InputError, OwnFaultError, UnseenError, place
from nlbcheck.hosts.host import Host
from nlbcheck.inspection import look
from nlbcheck.inspection.question import HostQuestion
from nlbcheck.interruption import OF_THIS_PROCESS
from nlbcheck.language import tell
from nlbcheck.model import Verdict, ending
from nlbcheck.model.inspected import HostLook
from nlbcheck.relays.table import Row, Table
from nlbcheck.run import clients
from nlbcheck.run.aws import Aws
from nlbcheck.run.progress import SILENT, Progress
from nlbcheck.vantage.local import ThisMachine

LogIn = Callable[[HostQuestion], AbstractContextManager[Host]]
"""Opens a target; it raises UnseenError where nobody is let in, or nobody can get there."""


@dataclass(frozen=True, slots=True)
class HostLooks:
    """What looks at the targets of some rows have shown."""

    targets: tuple[HostLook, ...]
    unseen: tuple[str, ...] = ()
    """Why others could not be looked at, a sentence each."""
    interrupted: bool = False
    """Whether somebody asked for an early end."""

    @property
    def exit_status(self) -> ExitStatus:
        """How the command ends: proven broken, not seen, or all in order."""
        if self.interrupted:
            return ExitStatus.INTERRUPTED
        found = {item.verdict for item in self.targets}
        return ending(found | {Verdict.UNKNOWN} if self.unseen else found)


def inspect(
    table: Table,
    names: Sequence[str] | str,
    log_in: LogIn,
    *,
    aws: Aws = Aws(),  # noqa: B008 (frozen)
    client: str | None = None,
    seconds: int = look.SECONDS,
    sudo: bool = False,
    progress: Progress = SILENT,
) -> HostLooks:
    """Look at the targets of the rows that ``names`` mean, from inside; nothing is changed there.

    Connections are watched for so many ``seconds``; with ``sudo`` commands run as root where that takes no
    password. What the load balancer's addresses are, what its health checks ask and whether
    targets see clients' addresses, AWS is asked, or the snapshot; where it does not say, the table has to do,
    and what hangs on it is unknown. Raises InputError for names that fit no row with a target's address.
    """
    rows = table.select(names)
    unseen: list[str] = []
    try:
        questions = _asked(table, rows, aws, client, progress)
    except UnseenError as error:
        unseen.append(tell("AWS is not asked: {error}", error=error))
        questions = host_questions.by_table(table, rows)
    if not questions:
        raise InputError(f"{', '.join(row.name for row in rows)}: the table has no address of a target")
    seen = looked(questions, log_in, seconds=seconds, sudo=sudo)
    return replace(seen, unseen=(*unseen, *seen.unseen))


def looked(
    questions: Sequence[HostQuestion], log_in: LogIn, *, seconds: int = 0, sudo: bool = False
) -> HostLooks:
    """Return what looks show, one login for each host, and why some could not be taken.

    An interrupt ends the one that is under way, and all that are left.
    """
    found, lost, interrupted = list[HostLook](), dict[str, None](), False
    for address in dict.fromkeys(question.address for question in questions):
        own = [question for question in questions if question.address == address]
        target = f"{own[0].name} ({address})"
        try:
            if not interrupted:
                with OF_THIS_PROCESS.breaking_off():
                    _look(own, log_in, found, seconds=seconds, sudo=sudo)
        except KeyboardInterrupt:
            interrupted = True
        except UnseenError as error:
            lost[tell("{target} could not be inspected: {error}", target=target, error=error)] = None
        except (ArithmeticError, LookupError, RecursionError, TypeError, ValueError) as error:
            where = OwnFaultError(place(error))
            lost[tell("The output of {target} is not understood: {error}", target=target, error=where)] = None
        if interrupted and not any(item.address == address for item in found):
            lost[tell("{target} was not inspected: interrupted.", target=target)] = None
    return HostLooks(tuple(found), tuple(lost), interrupted)


def _look(
    questions: Sequence[HostQuestion], log_in: LogIn, found: list[HostLook], *, seconds: int, sudo: bool
) -> None:
    """Add what looks at one host show."""
    with ExitStack() as stack:
        host = stack.enter_context(log_in(questions[0]))
        # What is there is kept, wherever this is broken off.
        found.extend(look.inspect(host, question, seconds=seconds, sudo=sudo) for question in questions)


def _asked(
    table: Table, rows: Sequence[Row], aws: Aws, client: str | None, progress: Progress
) -> tuple[HostQuestion, ...]:
    """Return what is to be asked of the targets, by AWS."""
    aws = aws.opened(progress)
    source = clients.of_run(client, table, aws, ThisMachine(), table.static_ips)
    asking = aws.asking(table, progress=progress)
    surveyed = asking.ask(partial(survey, table=table, rows=rows, client=source))
    return asking.ask(partial(host_questions.by_survey, table=table, surveyed=surveyed))
