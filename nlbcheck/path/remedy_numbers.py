"""Which rule numbers do new network ACL rules get, so that no two remedies want the same one?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from nlbcheck.aws.resources.network_acl import NetworkAcl
from nlbcheck.aws.state import AwsState
from nlbcheck.model import Call, Finding, Remedy
from nlbcheck.path.gates.network_acl import DEFAULT_RULE, free_number

_OPERATION = "CreateNetworkAclEntry"


def settle(state: AwsState, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings with rule numbers that are used once, save for calls that are the same."""
    given: dict[tuple[object, object, object], Call] = {}
    settled = []
    for finding in findings:
        fix = finding.remedy
        if fix and any(call.operation == _OPERATION for call in fix.calls):
            finding = replace(finding, remedy=_renumbered(state, fix, given))
        settled.append(finding)
    return tuple(settled)


def _renumbered(state: AwsState, fix: Remedy, given: dict[tuple[object, object, object], Call]) -> Remedy:
    calls = tuple(_unique(state, call, given) if call.operation == _OPERATION else call for call in fix.calls)
    return replace(fix, calls=calls)


def _unique(state: AwsState, call: Call, given: dict[tuple[object, object, object], Call]) -> Call:
    wanted = call.parameters
    acl_id, egress, number = str(wanted["NetworkAclId"]), bool(wanted["Egress"]), wanted["RuleNumber"]
    for (other_acl, other_egress, other_number), other in given.items():
        same = {**other.parameters, "RuleNumber": number} == dict(wanted)
        if same and (other_acl, other_egress) == (acl_id, egress):
            return replace(call, parameters={**wanted, "RuleNumber": int(str(other_number))})
    if (acl_id, egress, number) in given:
        acl = state.network_acl(acl_id)
        taken = frozenset(int(str(key[2])) for key in given if (key[0], key[1]) == (acl_id, egress))
        free = _another(acl, egress, int(str(number)), taken) if isinstance(acl, NetworkAcl) else None
        if free is not None:
            call = replace(call, parameters={**wanted, "RuleNumber": free})
    given[acl_id, egress, call.parameters["RuleNumber"]] = call
    return call


def _another(acl: NetworkAcl, egress: bool, number: int, taken: frozenset[int]) -> int | None:
    """Return another free number before the rule that the first one was to come before."""
    later = [entry.number for entry in acl.entries if entry.egress is egress and entry.number > number]
    return free_number(acl, egress=egress, below=min(later, default=DEFAULT_RULE), taken=taken)
