"""Which fields of a snapshot hold words that are the same for everybody, and which keys are no names?

A field that does not stand here is not shown: what AWS adds some day is replaced, until somebody has looked.
"""

from __future__ import annotations

import re

_WORD = re.compile(r"[A-Za-z0-9.,_:+/@%-]{0,100}")
_TELLING = re.compile(r"\d{12}|\d+[.-]\d+[.-]\d+[.-]\d+|::|(:[^:]*){4}:|//|arn:")
"""What no such word holds: an account, an address, a URL."""

_OF_THE_FILE = (
    "schema taken_at version started_at recorded_at probed_at account region service operation gaps.error"
)

_OF_EC2 = """
    ApplianceModeSupport AttachTime AttachmentStatus AutoAcceptSharedAttachments AutoProvisionZones
    AvailabilityMode AwsRegion Category Code ConnectivityType CreateTime CreationTime CreationTimestamp
    DefaultRouteTableAssociation DefaultRouteTablePropagation DnsSupport ExclusionsAllowed FirewallMode
    FirewallOnboardingStatus GatewayAssociationState InstanceLifecycle InstanceTenancy InstanceType
    InterfaceType InternetGatewayBlockMode InternetGatewayExclusionMode IpAddressType IpProtocol Ipv6Pool
    Ipv6Support LastStatusChange LastUpdateTimestamp LaunchTime ManagedBy MulticastSupport
    NetworkBorderGroup NetworkFirewallConnectivityType Origin OutsideIpAddressType PeeringStatus Platform
    PlatformDetails Priority Protocol Region ResourceType RuleAction Scheme SecurityGroupReferencingSupport
    ServiceState ServiceType Source StartupAction State Status Tenancy TunnelInsideIpVersion Type
    VpcEndpointState VpcEndpointType VpcState VpnEcmpSupport Architecture Hypervisor RootDeviceType
    VirtualizationType State.Name Filters.Name StateReason.Code
"""
_OF_ELB = """
    AttributeKey Attributes.Key CanonicalHostedZoneId CreatedTime
    EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic HealthCheckPort HealthCheckProtocol HttpCode Mode
    ProtocolVersion Reason SslPolicy StatusCode TargetType Conditions.Field GrpcCode
    EnablePrefixForIpv6SourceNat TrustStoreAssociationStatus
"""
_OF_TABLES_AND_REPORTS = """
    check code codes command confidence direction fail_on kind leg http.status not_after not_before
    probe.status protocol samples.status state type verdict permission resource.type health.reason
"""

_WORDS = frozenset(f"{_OF_THE_FILE} {_OF_EC2} {_OF_ELB} {_OF_TABLES_AND_REPORTS}".split())

_ONLY = {
    "Attributes.Value": re.compile(
        r"|true|false|on|off|\d{1,9}%?|source_ip(_dest_ip(_proto)?)?|(lb|app)_cookie|round_robin|weighted_random"
        r"|least_outstanding_requests|use_load_balancer_configuration|any_availability_zone|(no_)?rebalance"
        r"|(partial_)?availability_zone_affinity|append|preserve|remove|monitor|defensive|strictest"
    ),
    "AvailabilityZone": re.compile("all"),
    "Filters.Values": re.compile("active|available|attached|associated|blackhole|pending|running"),
    "GatewayId": re.compile("local"),
    "GroupName": re.compile("default"),
    "BgpAsn": re.compile(r"6[45]\d{3}|42\d{8}|7224"),
    "MacAddress": re.compile("[0-9a-f]{2}(:[0-9a-f]{2}){5}"),
    "TagSet.Key": re.compile(r"Name|aws:[A-Za-z0-9:._-]{1,100}"),
    "key_type": re.compile(r"(ssh|ecdsa|sk|rsa)-[a-z0-9-]{1,40}(@openssh\.com)?"),
    "http_version": re.compile(r"1\.[01]|2"),
    "tls_version": re.compile(r"TLSv1(\.[0-3])?"),
    "Tags.Key": re.compile(r"Name|aws:[A-Za-z0-9:._-]{1,100}"),
    "HealthCheckPath": re.compile("/"),
    "path": re.compile("/"),
    "action": re.compile("forward"),
    "client": re.compile("this machine|local"),
    "listener": re.compile(r"([A-Za-z_]{2,8}:)?\d{1,5}"),
    "source": re.compile("this machine|local"),
    "target_port": re.compile(r"([A-Za-z_]{2,8}:)?\d{1,5}"),
    "vantage": re.compile("this machine|local"),
    "verdicts": re.compile("pass|warn|unknown|fail|error"),
    "via": re.compile("local"),
    "where": re.compile("local"),
    "samples": re.compile(r"\d{1,6}"),
    "reachable": re.compile("true|false|yes|no|on|off"),
}
"""The only words that stay in a field that holds names, too."""

_API_NAME = re.compile("[A-Z][A-Za-z0-9]{0,63}")
_OWN_KEYS = """
    action address addresses admitted answers attempts banner calls cause certificate certificate_error
    client client_profile commands connect_ms contradicted counts declared description detail disconnect
    dual_stack error evidence exit_status expect fail findings fingerprint forbidden from gaps groups
    header headers health heard hops host host_key host_keys http http_version id instance interface
    issuer key_type listener load_balancer local_address mapping mappings meaning name names no nodes
    of_row overview parameters pass path paths per_target pinned_by plan policy port probe problems
    profile reachable reason relay relays remarks remedy report resource response rest role_arn rows
    rules rules_in_all samples server_name smoke source ssh_banner_only stands_for static_ips status
    subject subnet summary table target target_group target_port targets text tls_alert tls_version
    total_ms uninspected unknown valid_for_days vantage vantages verdicts verified verify via vpc warn
    warnings where zone
"""
_KEYS = _WORDS | frozenset(_OWN_KEYS.split())
_NAMED = """
    targets static_ips remarks header headers host_keys addresses verdicts tags Tags
    AuthenticationRequestExtraParams
"""
_BY_NAME = frozenset(_NAMED.split())
"""What is kept by names that people gave."""
_STANDARD = """
    Allow Cache-Control Connection Content-Length Content-Type Date ETag Last-Modified Location Server Vary
"""
_HEADERS = frozenset(_STANDARD.split())


def is_harmless(text: str, parent: str, key: str) -> bool:
    """Return whether a text may stay that stands under ``key`` in an object that stands under ``parent``."""
    if not _WORD.fullmatch(text) and text != "this machine":
        return False
    for field in (f"{parent}.{key}", key):
        if field in _ONLY:
            return _ONLY[field].fullmatch(text) is not None
        if field in _WORDS:
            return not _TELLING.search(text)
    return False


def is_by_name(key: str) -> bool:
    """Return whether the keys of the object under ``key`` are names that people gave, or HTTP headers."""
    return key in _BY_NAME


def is_own_key(key: str, *, by_name: bool) -> bool:
    """Return whether a key is AWS's or nlbcheck's own, or a standard header among names."""
    return key in _HEADERS if by_name else key in _KEYS or _API_NAME.fullmatch(key) is not None
