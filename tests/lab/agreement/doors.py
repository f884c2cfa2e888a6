"""Through which interface endpoints do clients of a random network come to its load balancers?"""

from __future__ import annotations

import random

from tests.lab.agreement import balancing
from tests.lab.agreement.network import Balancer, Draft, Site


def offer(draft: Draft, chance: random.Random) -> None:
    """Let some load balancers be services, with endpoints in VPCs that may be joined with them or not."""
    if chance.random() < 0.6:
        return
    for number, balancer in enumerate(draft.balancers):
        service = draft.cloud.endpoint_service(f"service-{number}", balancer.arn)
        made = next(item for item in draft.cloud.balancers if item["LoadBalancerArn"] == balancer.arn)
        if balancer.group:
            applied = chance.choice(("on", "on", "off"))
            made["EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"] = applied
        for site in chance.sample(draft.sites, chance.randrange(1, len(draft.sites) + 1)):
            _open(draft, chance, balancer, site, service)


def _open(draft: Draft, chance: random.Random, balancer: Balancer, site: Site, service: str) -> None:
    """Create an endpoint in a VPC, with an interface in each zone that the service has, or in some."""
    served = {place.zone for place in balancer.nodes.values()}
    by_zone = {place.zone: place for place in site.places if place.zone in served}
    if not by_zone:
        return
    zones = chance.sample(sorted(by_zone), chance.randrange(1, len(by_zone) + 1))
    last = 70 + len(draft.doors)
    interfaces = {by_zone[zone].id: by_zone[zone].address(last) for zone in zones}
    name = f"door-{service}-{site.id}"
    group = draft.cloud.security_group(name, site.id)
    balancing.admit(draft, chance, group, site, balancing.LISTENERS)
    site.groups.append(group)
    state = chance.choice(("available",) * 9 + ("rejected", "pendingAcceptance"))
    endpoint = draft.cloud.interface_endpoint(name, service, interfaces, [group], state=state)
    draft.cloud.endpoint_connection(service, endpoint, state=state)
    draft.doors |= dict.fromkeys(interfaces.values(), (balancer, site))
