"""Who has an address: which network interface, of which instance, in which state?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from nlbcheck.model.facts import AccountRegion
from nlbcheck.model.net import Address, Network


class InterfaceStatus(StrEnum):
    """Whether an interface is in use."""

    AVAILABLE = "available"
    ASSOCIATED = "associated"
    ATTACHING = "attaching"
    IN_USE = "in-use"
    DETACHING = "detaching"


@dataclass(frozen=True, slots=True)
class NetworkInterface:
    """An elastic network interface."""

    id: str
    account_region: AccountRegion
    name: str | None
    vpc_id: str
    subnet_id: str
    zone: str | None
    type: str | None
    """``interface``, ``network_load_balancer``, ``nat_gateway`` …, as AWS writes it."""
    description: str
    status: InterfaceStatus | None
    addresses: tuple[Address, ...]
    """Every private address, the primary one first, then IPv6."""
    prefixes: tuple[Network, ...]
    """Ranges delegated to the interface; containers have addresses from them."""
    public_address: Address | None
    group_ids: tuple[str, ...]
    source_dest_check: bool | None
    instance_id: str | None
    """The instance it is attached to; None also for interfaces of AWS's own services."""

    def has(self, address: Address) -> bool:
        """Whether packets to ``address`` are delivered to this interface."""
        return address in self.addresses or any(address in prefix for prefix in self.prefixes)


class InstanceState(StrEnum):
    """Where an instance is in its life."""

    PENDING = "pending"
    RUNNING = "running"
    SHUTTING_DOWN = "shutting-down"
    TERMINATED = "terminated"
    STOPPING = "stopping"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Instance:
    """An EC2 instance."""

    id: str
    account_region: AccountRegion
    name: str | None
    state: InstanceState | None
    address: Address | None
    """Its primary private address; a terminated instance has none."""
    interface_ids: tuple[str, ...]
