"""Which faults are there? One line each, in the order of the findings that they lead to."""

from __future__ import annotations

from types import MappingProxyType

from nlbcheck.lab.faults import (
    balancers,
    endpoints,
    hosts,
    public_paths,
    routes,
    rules,
    targets,
    transits,
    vpns,
    zones,
)
from nlbcheck.lab.faults.fault import Fault, OnHost, OnState
from nlbcheck.model import Code


def _state(name: str, finding: str, on_state: OnState) -> Fault:
    return Fault(name, finding, _summary(on_state), on_state=on_state)


def _host(name: str, finding: str, on_host: OnHost) -> Fault:
    return Fault(name, finding, _summary(on_host), on_host=on_host)


def _summary(function: OnState | OnHost) -> str:
    return (function.__doc__ or "").strip()


_ALL = (
    # the table against AWS
    _state("listener-forwards-elsewhere", Code.LISTENER_FORWARDS_ELSEWHERE, balancers.forwards_elsewhere),
    _state("wrong-target", Code.TARGET_DIFFERS, targets.wrong_target),
    _state("wrong-port", Code.TARGET_DIFFERS, targets.wrong_port),
    _state("default-port-differs", Code.TARGET_GROUP_PORT_DIFFERS, balancers.default_port_differs),
    _state("node-moved", Code.STATIC_IP_DIFFERS, balancers.node_moved),
    _state("listener-added", Code.LISTENER_UNDECLARED, balancers.listener_added),
    _state("target-added", Code.TARGET_UNDECLARED, targets.target_added),
    _state("group-sticky", Code.TARGET_NOT_SEEN, targets.group_sticky),
    _state("zone-added", Code.STATIC_IP_UNDECLARED, zones.zone_added),
    _host("keys-cloned", Code.WRONG_SERVER_ANSWERS, hosts.keys_cloned),
    # the load balancer
    _state("balancer-renamed", Code.BALANCER_NOT_FOUND, balancers.renamed),
    _state("balancer-failed", Code.BALANCER_NOT_ACTIVE, balancers.failed),
    _state("listener-deleted", Code.LISTENER_MISSING, balancers.listener_deleted),
    _state("inner-listener-deleted", Code.LISTENER_MISSING, balancers.inner_listener_deleted),
    _state("listener-udp", Code.LISTENER_PROTOCOL_DIFFERS, balancers.listener_speaks_udp),
    _state("client-certificate-required", Code.CLIENT_CERTIFICATE_REQUIRED, balancers.verifies_clients),
    _host("listener-certificate-expired", Code.LISTENER_CERTIFICATE_INVALID, hosts.certificate_expired),
    _state("group-empty", Code.LISTENER_HAS_NO_TARGET, balancers.group_empty),
    _state("weight-zero", Code.TARGET_GROUP_WEIGHT_ZERO, balancers.weight_zero),
    _state("cross-zone-off", Code.ZONE_HAS_NO_TARGET, balancers.cross_zone_off),
    _state("target-zone-not-enabled", Code.TARGET_ZONE_NOT_ENABLED, targets.zone_not_enabled),
    _state("zone-not-all", Code.TARGET_NEEDS_ZONE_ALL, targets.zone_not_all),
    _state("public-target", Code.TARGET_ADDRESS_NOT_ALLOWED, targets.public_target),
    _state("zone-shifted", Code.ZONE_SHIFTED, targets.zone_shifted),
    _state("preserved-outside", Code.CLIENT_IP_PRESERVED_OUTSIDE_VPC, targets.preserved_outside),
    _state("preserved-to-node", Code.CLIENT_IP_PRESERVED_UNSUPPORTED, targets.preserved_to_node),
    _state("preserved-across-zones", Code.CONNECTIONS_COLLIDE, targets.preserved_across_zones),
    _state("hairpin", Code.HAIRPIN, targets.hairpin),
    _state("proxy-protocol", Code.PROXY_PROTOCOL_ON, targets.proxy_protocol),
    _state("many-listeners", Code.LISTENER_QUOTA_NEAR, balancers.many_listeners),
    # target health
    _state("health-check-wrong", Code.TARGET_UNHEALTHY, targets.health_check_wrong),
    _state("target-initial", Code.TARGET_INITIAL, targets.initial),
    _state("target-draining", Code.TARGET_DRAINING, targets.draining),
    _state("stopped-instance", Code.TARGET_UNUSED, targets.stopped_instance),
    _state("health-unknown", Code.TARGET_HEALTH_UNAVAILABLE, targets.health_unknown),
    _state("health-check-by-http", Code.HEALTH_CHECK_DIFFERS, targets.health_check_by_http),
    _state("health-port-closed", Code.HEALTH_CHECK_PORT_BLOCKED, targets.health_port_closed),
    # the path
    _state("client-route-missing", Code.ROUTE_MISSING, routes.client_route_missing),
    _state("return-route-missing", Code.ROUTE_MISSING, routes.return_route_missing),
    _state("target-route-missing", Code.ROUTE_MISSING, routes.target_route_missing),
    _state("client-route-blackhole", Code.ROUTE_BLACKHOLE, routes.client_route_blackhole),
    _state("client-route-to-internet", Code.ROUTE_LEADS_ELSEWHERE, routes.client_route_to_internet),
    _state("networks-apart", Code.VPCS_NOT_CONNECTED, routes.networks_apart),
    _state("peering-pending", Code.PEERING_NOT_ACTIVE, routes.peering_pending),
    _state("target-behind-peering", Code.PEERING_NO_TRANSIT, routes.target_behind_peering),
    _state("gateway-detached", Code.GATEWAY_NOT_ATTACHED, vpns.gateway_detached),
    _state("vpn-down", Code.VPN_DOWN, vpns.every_tunnel_down),
    _state("vpn-bgp-down", Code.VPN_DOWN, vpns.bgp_down),
    _state("vpn-tunnel-down", Code.VPN_TUNNEL_DOWN, vpns.one_tunnel_down),
    _state("vpn-propagation-off", Code.ROUTE_MISSING, vpns.propagation_off),
    _state("vpn-prefix-unknown", Code.VPN_ROUTE_MISSING, vpns.prefix_unknown),
    _state("vpn-selector-narrow", Code.VPN_SELECTOR_EXCLUDES, vpns.selector_narrow),
    _state("address-overlap", Code.ADDRESS_OVERLAP, routes.overlap),
    _state(
        "transit-association-missing", Code.TRANSIT_GATEWAY_ASSOCIATION_MISSING, transits.association_missing
    ),
    _state("transit-route-missing", Code.TRANSIT_GATEWAY_ROUTE_MISSING, transits.route_missing),
    _state("transit-route-blackhole", Code.TRANSIT_GATEWAY_ROUTE_BLACKHOLE, transits.route_blackhole),
    _state("transit-route-elsewhere", Code.TRANSIT_GATEWAY_ROUTE_LEADS_ELSEWHERE, transits.route_elsewhere),
    _state("transit-zone-missing", Code.TRANSIT_GATEWAY_ZONE_MISSING, transits.zone_missing),
    _state("transit-detached", Code.GATEWAY_NOT_ATTACHED, transits.detached),
    _state("client-sg-egress", Code.SG_DENIES, rules.client_sends_nothing),
    _state("balancer-sg-ingress", Code.SG_DENIES, rules.balancer_admits_nothing),
    _state("balancer-sg-egress", Code.SG_DENIES, rules.balancer_sends_nothing),
    _state("endpoint-sg", Code.SG_DENIES, endpoints.admits_nothing),
    _state("target-sg", Code.SG_DENIES, rules.target_admits_nothing),
    _state("target-sg-one-node", Code.SG_DENIES, rules.target_admits_one_zone),
    _state("target-sg-names-client", Code.SG_REFERENCE_NOT_SEEN, rules.target_names_clients_group),
    _state("client-acl", Code.NACL_DENIES, rules.client_acl_denies_out),
    _state("node-acl-replies", Code.NACL_DENIES, rules.node_acl_denies_replies),
    _state("target-acl", Code.NACL_DENIES, rules.target_acl_denies_in),
    _state("target-acl-replies", Code.NACL_DENIES, rules.target_acl_denies_replies),
    _state("target-acl-narrow", Code.NACL_NARROW_EPHEMERAL, rules.target_acl_narrow),
    _state("appliance-mode-off", Code.MIDDLEBOX_ASYMMETRIC, transits.appliance_mode_off),
    _state("endpoint-rejected", Code.ENDPOINT_NOT_AVAILABLE, endpoints.rejected),
    _state("internet-gateway-detached", Code.INTERNET_PATH_BLOCKED, public_paths.gateway_detached),
    _state("internet-firewall", Code.INTERNET_FIREWALL, public_paths.firewall_one_way),
    _state("nat-failed", Code.ROUTE_BLACKHOLE, public_paths.nat_failed),
    _state("through-appliance", Code.SOURCE_DEST_CHECK, routes.through_appliance),
    _state("instance-stopped", Code.INSTANCE_NOT_RUNNING, routes.instance_stopped),
    _state("nobody-there", Code.ADDRESS_UNUSED, targets.nobody_there),
    # what nobody may reach
    _state("target-sg-open", Code.REACHABLE_UNWANTED, rules.target_admits_everyone),
    # what the wire adds
    _host("process-stopped", Code.TARGET_NOT_LISTENING, hosts.process_stopped),
    _host("firewall-rejects", Code.TARGET_NOT_LISTENING, hosts.firewall_rejects),
    _host("listens-on-loopback", Code.TARGET_NOT_LISTENING, hosts.on_loopback),
    _host("listens-on-other-port", Code.TARGET_NOT_LISTENING, hosts.on_other_port),
    _host("container-range", Code.TARGET_SILENT, hosts.container_range),
    _host("reverse-path-filter", Code.TARGET_SILENT, hosts.reverse_path_filter),
    _host("firewall-drops", Code.TARGET_SILENT, hosts.firewall_drops),
    _host("on-premises-drops", Code.TARGET_SILENT, hosts.on_premises_drops),
    _host("other-protocol", Code.WRONG_PROTOCOL, hosts.other_protocol),
    _host("expects-proxy", Code.WRONG_PROTOCOL, hosts.expects_proxy),
    _host("server-fails", Code.SERVER_REPORTS_ERROR, hosts.server_fails),
    _host("client-firewall-drops", Code.WIRE_CONTRADICTS_MODEL, hosts.client_firewall_drops),
    _host("client-firewall-rejects", Code.NOT_VISIBLE, hosts.client_firewall_rejects),
)

FAULTS = MappingProxyType({fault.name: fault for fault in _ALL})
"""Every fault by its name."""

NO_FAULT = {
    **dict.fromkeys(
        (
            Code.HOST_NOT_LISTENING,
            Code.HOST_LISTENS_ELSEWHERE,
            Code.HOST_OTHER_PORT,
            Code.HOST_FIREWALL,
            Code.HOST_REVERSE_PATH,
            Code.HOST_ROUTE,
        ),
        "A look at the target tells it: the faults of hosts lead to it where one is taken.",
    ),
    **dict.fromkeys(
        (Code.CLIENT_FIREWALL, Code.CLIENT_ROUTE_MISSING, Code.CLIENT_VPN_ROUTE),
        "A look at the client tells it, which commands take where probes fail.",
    ),
    Code.LISTENER_PORT_TAKEN: "Terraform's files lead to it, before an apply: AWS refuses a second "
    "listener on a port, so that no network has one.",
}
"""The codes that no fault leads to, each with why."""
