"""Which blackbox_exporter module makes the probe of a row?

https://github.com/prometheus/blackbox_exporter/blob/master/CONFIGURATION.md names the fields.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from nlbcheck.model import Check, HttpExpectation, ProbeSpec

Module = Mapping[str, Any]

_ANY_STATUS = list(range(200, 600))
"""Without an expectation any answer shows that the server is reached; of 400 and 5xx an alert tells."""
_SSH = [{"expect": "^SSH-(2.0|1.99)-"}, {"send": "SSH-2.0-nlbcheck"}]


def named(spec: ProbeSpec, timeout: float) -> tuple[str, Module]:
    """Return a probe's module and its name.

    Rows that are probed alike share one. The name of one with expectations of its own ends in a hash of them,
    so that the modules of several tables can stand in one file. ``timeout`` is in seconds.
    """
    made = _module(spec, timeout)
    plain = _module(ProbeSpec(spec.check), timeout)
    name = f"nlbcheck_{spec.check.value}"
    if made == plain:
        return name, made
    content = json.dumps(made, sort_keys=True).encode()
    return f"{name}_{hashlib.sha256(content).hexdigest()[:8]}", made


def _module(spec: ProbeSpec, timeout: float) -> Module:
    match spec.check:
        case Check.HTTP | Check.HTTPS:
            return {"prober": "http", "timeout": f"{timeout:g}s", "http": _http(spec)}
        case Check.SSH:
            prober: dict[str, Any] = {"query_response": _SSH}
        case Check.TLS:
            prober = {"tls": True, "tls_config": _tls(spec)}
        case Check.TCP:
            prober = {}
    return {"prober": "tcp", "timeout": f"{timeout:g}s", "tcp": {"preferred_ip_protocol": "ip4", **prober}}


def _http(spec: ProbeSpec) -> Module:
    prober: dict[str, Any] = {
        "method": "HEAD",
        "preferred_ip_protocol": "ip4",
        "follow_redirects": False,
        "valid_status_codes": _statuses(spec.http),
    }
    if spec.host:
        prober["headers"] = {"Host": spec.host}
    if spec.http.headers:
        prober["fail_if_header_not_matches"] = [
            {"header": name, "regexp": pattern(wanted), "allow_missing": False}
            for name, wanted in spec.http.headers.items()
        ]
    if spec.check is Check.HTTPS:
        prober |= {"fail_if_not_ssl": True, "tls_config": _tls(spec)}
    return prober


def _statuses(wanted: HttpExpectation) -> list[int]:
    return [status for span in wanted.statuses for status in span] or _ANY_STATUS


def _tls(spec: ProbeSpec) -> Module:
    settings: dict[str, Any] = {}
    if name := spec.server_name or spec.host:
        settings["server_name"] = name.rpartition(":")[0] if name.rpartition(":")[2].isdigit() else name
    if spec.verify is False:
        settings["insecure_skip_verify"] = True
    elif isinstance(spec.verify, str):
        settings["ca_file"] = spec.verify
    return settings


def pattern(wanted: str) -> str:
    """Return a pattern with the wildcards ``*``, ``?`` and ``[…]`` as the regular expression that Go reads.

    What Python's own fnmatch makes of it has groups that Go does not know.
    """
    parts = []
    for text in re.findall(r"\[!?\]?[^\]]*\]|.", wanted, re.DOTALL):
        if text == "*":
            parts.append(".*")
        elif text == "?":
            parts.append(".")
        elif len(text) > 2 and text[0] == "[":
            inside = text[1:-1].replace("\\", "\\\\").replace("[", "\\[")
            negated = inside.startswith("!")
            members = re.sub(r"^\^", r"\\^", inside.removeprefix("!"))
            parts.append(f"[{'^' * negated}{members.replace(']', chr(92) + ']')}]")
        else:
            parts.append(re.escape(text))
    return f"^(?s:{''.join(parts)})$"
