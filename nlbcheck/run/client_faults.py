"""Do connections fail on the client itself? Its host is looked at before any target is blamed."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

from nlbcheck.errors import UnseenError
from nlbcheck.hosts.host import Host
from nlbcheck.inspection import client_findings, client_look
from nlbcheck.inspection.client_look import ClientSeen
from nlbcheck.interruption import OF_THIS_PROCESS
from nlbcheck.language import tell
from nlbcheck.run.made import Made


def looked(host: Host | None, made: Made) -> Made:
    """Return probes with what their vantage point's own host does with those that failed.

    Where nothing failed, nobody may run commands there, or the run is to end, nothing is looked at.
    """
    failed = made.failed
    if host is None or made.interrupted or not failed:
        return made
    addresses = dict.fromkeys(ip_address(to.address) for to in failed)
    try:
        with OF_THIS_PROCESS.breaking_off():
            seen = client_look.look(host, list(addresses))
    except KeyboardInterrupt:
        unseen = tell(
            "The routes and the firewall of {host} itself were not inspected: interrupted.", host=host.name
        )
        return replace(made, interrupted=True, remark=unseen)
    except UnseenError as error:
        unseen = tell(
            "The routes and the firewall of {host} itself could not be inspected: {error}",
            host=host.name,
            error=error,
        )
        return replace(made, remark=unseen)
    if seen is None:
        return made
    faults = {to: client_findings.findings(seen, to, status) for to, status in failed.items()}
    return replace(made, faults={to: found for to, found in faults.items() if found}, remark=_proxies(seen))


def _proxies(seen: ClientSeen) -> str | None:
    """Say that probes do not use the proxies that are there."""
    if not seen.proxies:
        return None
    return tell(
        "{host} has proxies in its environment ({names}). Probes do not use them: they connect directly.",
        host=seen.host,
        names=", ".join(seen.proxies),
    )
