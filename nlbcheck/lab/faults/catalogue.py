"""Which faults are there? One line each, in the order of the findings that they lead to."""

from __future__ import annotations

from types import MappingProxyType

from nlbcheck.lab.faults import balancers, hosts, routes, rules, targets, transits, vpns
from nlbcheck.lab.faults.fault import Fault, OnHost, OnState


def _state(name: str, finding: str, on_state: OnState) -> Fault:
    return Fault(name, finding, _summary(on_state), on_state=on_state)


def _host(name: str, finding: str, on_host: OnHost) -> Fault:
    return Fault(name, finding, _summary(on_host), on_host=on_host)


def _summary(function: OnState | OnHost) -> str:
    return (function.__doc__ or "").strip()


_ALL = (
    # the table against AWS
    _state("listener-forwards-elsewhere", "listener-forwards-elsewhere", balancers.forwards_elsewhere),
    _state("wrong-target", "target-differs", targets.wrong_target),
    _state("wrong-port", "target-differs", targets.wrong_port),
    _state("default-port-differs", "target-group-port-differs", balancers.default_port_differs),
    _state("node-moved", "static-ip-differs", balancers.node_moved),
    _state("listener-added", "listener-undeclared", balancers.listener_added),
    _host("keys-cloned", "wrong-server-answers", hosts.keys_cloned),
    # the load balancer
    _state("balancer-renamed", "balancer-not-found", balancers.renamed),
    _state("balancer-failed", "balancer-not-active", balancers.failed),
    _state("listener-deleted", "listener-missing", balancers.listener_deleted),
    _state("listener-udp", "listener-protocol-differs", balancers.listener_speaks_udp),
    _state("group-empty", "listener-has-no-target", balancers.group_empty),
    _state("weight-zero", "target-group-weight-zero", balancers.weight_zero),
    _state("cross-zone-off", "zone-has-no-target", balancers.cross_zone_off),
    _state("target-zone-not-enabled", "target-zone-not-enabled", targets.zone_not_enabled),
    _state("public-target", "target-address-not-allowed", targets.public_target),
    _state("zone-shifted", "zone-shifted", targets.zone_shifted),
    _state("preserved-outside", "client-ip-preserved-outside-vpc", targets.preserved_outside),
    _state("hairpin", "hairpin", targets.hairpin),
    _state("proxy-protocol", "proxy-protocol-on", targets.proxy_protocol),
    _state("many-listeners", "listener-quota-near", balancers.many_listeners),
    # target health
    _state("health-check-wrong", "target-unhealthy", targets.health_check_wrong),
    _state("target-initial", "target-initial", targets.initial),
    _state("target-draining", "target-draining", targets.draining),
    _state("stopped-instance", "target-unused", targets.stopped_instance),
    _state("health-unknown", "target-health-unavailable", targets.health_unknown),
    _state("health-port-closed", "health-check-port-blocked", targets.health_port_closed),
    # the way
    _state("client-route-missing", "route-missing", routes.client_route_missing),
    _state("return-route-missing", "route-missing", routes.return_route_missing),
    _state("target-route-missing", "route-missing", routes.target_route_missing),
    _state("client-route-blackhole", "route-blackhole", routes.client_route_blackhole),
    _state("client-route-to-internet", "route-leads-elsewhere", routes.client_route_to_internet),
    _state("networks-apart", "vpcs-not-connected", routes.networks_apart),
    _state("peering-pending", "peering-not-active", routes.peering_pending),
    _state("target-behind-peering", "peering-no-transit", routes.target_behind_peering),
    _state("gateway-detached", "gateway-not-attached", vpns.gateway_detached),
    _state("vpn-down", "vpn-down", vpns.every_tunnel_down),
    _state("vpn-bgp-down", "vpn-down", vpns.bgp_down),
    _state("vpn-tunnel-down", "vpn-tunnel-down", vpns.one_tunnel_down),
    _state("vpn-propagation-off", "route-missing", vpns.propagation_off),
    _state("vpn-prefix-unknown", "vpn-route-missing", vpns.prefix_unknown),
    _state("vpn-selector-narrow", "vpn-selector-excludes", vpns.selector_narrow),
    _state("address-overlap", "address-overlap", routes.overlap),
    _state(
        "transit-association-missing", "transit-gateway-association-missing", transits.association_missing
    ),
    _state("transit-route-missing", "transit-gateway-route-missing", transits.route_missing),
    _state("transit-route-blackhole", "transit-gateway-route-blackhole", transits.route_blackhole),
    _state("transit-route-elsewhere", "transit-gateway-route-leads-elsewhere", transits.route_elsewhere),
    _state("transit-zone-missing", "transit-gateway-zone-missing", transits.zone_missing),
    _state("transit-detached", "gateway-not-attached", transits.detached),
    _state("client-sg-egress", "sg-denies", rules.client_sends_nothing),
    _state("balancer-sg-ingress", "sg-denies", rules.balancer_admits_nothing),
    _state("balancer-sg-egress", "sg-denies", rules.balancer_sends_nothing),
    _state("target-sg", "sg-denies", rules.target_admits_nothing),
    _state("target-sg-one-node", "sg-denies", rules.target_admits_one_zone),
    _state("target-sg-names-client", "sg-reference-not-seen", rules.target_names_clients_group),
    _state("client-acl", "nacl-denies", rules.client_acl_denies_out),
    _state("node-acl-replies", "nacl-denies", rules.node_acl_denies_replies),
    _state("target-acl", "nacl-denies", rules.target_acl_denies_in),
    _state("target-acl-replies", "nacl-denies", rules.target_acl_denies_replies),
    _state("target-acl-narrow", "nacl-narrow-ephemeral", rules.target_acl_narrow),
    _state("through-appliance", "source-dest-check", routes.through_appliance),
    _state("instance-stopped", "instance-not-running", routes.instance_stopped),
    _state("nobody-there", "address-unused", targets.nobody_there),
    # what the wire adds
    _host("process-stopped", "target-not-listening", hosts.process_stopped),
    _host("firewall-rejects", "target-not-listening", hosts.firewall_rejects),
    _host("firewall-drops", "target-silent", hosts.firewall_drops),
    _host("on-premises-drops", "target-silent", hosts.on_premises_drops),
    _host("other-protocol", "wrong-protocol", hosts.other_protocol),
    _host("expects-proxy", "wrong-protocol", hosts.expects_proxy),
    _host("client-firewall-drops", "wire-contradicts-model", hosts.client_firewall_drops),
    _host("client-firewall-rejects", "not-visible", hosts.client_firewall_rejects),
)

FAULTS = MappingProxyType({fault.name: fault for fault in _ALL})
"""Every fault by its name."""

NO_FAULT = MappingProxyType(
    {
        "target-needs-zone-all": "a remark only: what fails is zone-has-no-target, which has a fault",
        "internet-path-blocked": "the lab has no internet: all that it carries goes to private addresses",
    }
)
"""The findings that no fault leads to, with the reason."""
