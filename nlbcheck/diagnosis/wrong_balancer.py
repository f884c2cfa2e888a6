"""Is a table for another load balancer than those in sight?"""

from __future__ import annotations

from nlbcheck.aws.resources.load_balancer import LoadBalancer
from nlbcheck.aws.state import AwsState
from nlbcheck.diagnosis import balancers
from nlbcheck.diagnosis.balancers import Several
from nlbcheck.diagnosis.drift import balancer
from nlbcheck.errors import InputError
from nlbcheck.model.facts import Absent
from nlbcheck.relays.table import Table


def refuse(state: AwsState, table: Table) -> None:
    """Raise InputError for a table of static IPs whose load balancer is proven not to be in sight.

    All its connections would time out, or reach what nobody asked about. A table whose name or one of whose
    static IPs fits is for what is in sight, and may differ from it.
    """
    if not table.static_ips:
        return
    addresses = [node.address for node in table.static_ips]
    wanted = balancers.find(state, table.load_balancer, table.region, addresses)
    if not isinstance(wanted, Absent) or balancers.elsewhere(state, table.load_balancer, table.region):
        return
    if isinstance(balancers.find(state, None, table.region, addresses), (LoadBalancer, Several)):
        return
    _, about = balancer.judged(state, wanted, table)
    raise InputError(
        f"{table.source}: the table is for another load balancer than those that are visible. "
        f"{about[0].summary} Use another profile or Region, or the table of a load balancer that is there."
    )
