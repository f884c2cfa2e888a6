"""What of findings can be said only once the whole state is known, whoever found them?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from nlbcheck.aws.state import AwsState
from nlbcheck.model import Finding
from nlbcheck.model.facts import NotVisible
from nlbcheck.path.placed import with_accounts, with_regions
from nlbcheck.path.refusals import without_refused
from nlbcheck.path.remedy_numbers import settle
from nlbcheck.path.trail import in_words


def finished(state: AwsState, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings as they are told: no call is named as missing that was made, none printed in vain."""
    told = with_regions(state, [_as_recorded(state, item) for item in findings])
    return settle(state, with_accounts(state, without_refused(state, told)))


def _as_recorded(state: AwsState, finding: Finding) -> Finding:
    """Return a finding that calls no answer missing where there are answers, and they lack the fact.

    Where none of that call is missing, it does not name the call.
    """
    missing = finding.missing
    if missing is None or not _was_asked(state, missing):
        return finding
    if not any(miss.kind.operation == missing.operation for miss in state.missed):
        return replace(finding, summary=in_words(replace(missing, operation="")), remedy=None)
    return replace(finding, summary=in_words(missing, answered=True))


def _was_asked(state: AwsState, missing: NotVisible) -> bool:
    """Whether the recording has an answer to the call that would show a fact, from where it would come."""
    if not missing.operation or missing.error is not None or missing.unreadable is not None:
        return False
    places = state.answered_in(missing.service, missing.operation)
    return missing.account_region in places if missing.account_region else bool(places)
