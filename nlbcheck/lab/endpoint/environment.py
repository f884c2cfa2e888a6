"""Which environment makes a command ask the endpoint, and nothing else?"""

from __future__ import annotations

from collections.abc import Mapping

from nlbcheck.model.facts import AccountRegion

_LOOPBACK = "127.0.0.1,localhost,::1"


def environment(url: str, account_region: AccountRegion, inherited: Mapping[str, str]) -> dict[str, str]:
    """Return ``inherited`` with all AWS settings replaced: ``url`` is asked, for ``place``.

    Every ``AWS_…`` variable goes, since a profile or a token of the caller's would win over what is set here.
    """
    kept = {name: value for name, value in inherited.items() if not name.startswith("AWS_")}
    return kept | {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": account_region.account,
        "AWS_SECRET_ACCESS_KEY": "lab",
        "AWS_DEFAULT_REGION": account_region.region,
        "AWS_REGION": account_region.region,
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": _LOOPBACK,
        "no_proxy": _LOOPBACK,
    }
