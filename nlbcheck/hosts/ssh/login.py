"""How is one logged in to an SSH server that is trusted? By keys alone: no password is ever sent."""

from __future__ import annotations

from nlbcheck.errors import UnseenError
from nlbcheck.escape import printable, shortened
from nlbcheck.hosts.ssh.keys import LoginKeys
from nlbcheck.hosts.ssh.settings import ServerSettings
from nlbcheck.lean_paramiko import paramiko

_LONGEST = 300
_CLOSED = "the server closed the connection"
_REFUSALS = {
    1: "its configuration forbids that (administratively prohibited)",
    2: "it cannot connect there",
    3: "it knows no such channels",
    4: "it has too little room",
}
"""Why a server opens no channel: https://www.rfc-editor.org/rfc/rfc4254#section-5.1."""
_MEANINGS = {
    **dict.fromkeys(("No existing session", "SSH session not active", "Channel is not open"), _CLOSED),
    **dict.fromkeys(("Channel closed", "Unable to open channel"), _CLOSED),
    "Timeout opening channel": "it does not answer in time",
    "Negotiation failed": "both sides agree on no key exchange",
}
"""What paramiko's words stand for."""


def log_in(transport: paramiko.Transport, settings: ServerSettings, keys: LoginKeys) -> None:
    """Log in with the first of the keys that the server takes; raises UnseenError if there is none."""
    tried: list[str] = []
    for one in keys:
        tried.append(one.name)
        try:
            further = transport.auth_publickey(settings.user, one.key)
        except paramiko.BadAuthenticationType as error:
            raise _refused(settings, [], keys, f"it takes {_listed(error.allowed_types)} alone") from None
        except paramiko.AuthenticationException as error:
            if transport.is_active():
                continue
            raise _refused(settings, tried, keys, _ended(tried, error)) from None
        except (paramiko.SSHException, EOFError, OSError) as error:
            if transport.is_active():  # the agent, not the server
                keys.remarks.append(f"{one.name} could not sign: {words(error)}")
                continue
            raise _refused(settings, tried, keys, _ended(tried, error)) from None
        if not further:
            return
        raise _refused(settings, tried, keys, f"besides a key it asks for {_listed(further)}")
    raise _refused(settings, tried, keys)


def words(error: BaseException) -> str:
    """Return what an error of paramiko's means, fit to be printed; some say nothing."""
    if isinstance(error, paramiko.ChannelException):
        return shortened(printable(_REFUSALS.get(error.code, str(error.text))), _LONGEST)
    if isinstance(error, TimeoutError) and not str(error):
        return "it does not answer in time"
    said = str(error) or _CLOSED
    return shortened(printable(_MEANINGS.get(said.rstrip("."), said)), _LONGEST)


def _ended(tried: list[str], error: BaseException) -> str:
    if len(tried) > 1:
        return (
            f"it ended the connection after {len(tried)} keys (MaxAuthTries); with IdentitiesOnly yes and "
            "IdentityFile in ssh_config only the right one is tried"
        )
    return words(error)


def _listed(methods: list[str]) -> str:
    return ", ".join(printable(method) for method in methods) or "nothing"


def _refused(settings: ServerSettings, tried: list[str], keys: LoginKeys, why: str = "") -> UnseenError:
    """Return the error that says what was tried, and what was not there to be tried."""
    parts = [f"tried: {', '.join(tried)}" if tried else "", why, *keys.remarks]
    if not tried and not why:
        parts[0] = f"there is no key to try: none of {', '.join(map(str, settings.key_files))} can be used"
    return UnseenError(
        f"{settings.named}: no login as {printable(settings.user)}: {'; '.join(filter(None, parts))}"
    )
