"""Which fields of AWS's answers does nobody read? A new one fails here until it is judged.

A field is taken for read where the file of its resource, or a resource's that this imports, has its name. All
others are listed below, with the reason why no connection depends on them. Whoever meets a new one: read it;
or let what it hides be not visible; or list it.
"""

from __future__ import annotations

import ast
import importlib
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from nlbcheck.aws.kind import Kind
from nlbcheck.aws.known_calls import kinds
from tests.lab.endpoint.serving import session

HARMLESS: dict[str, str] = {
    "names, times and who did it": """
        AllocationId AssociationId AttachTime AttachmentId AvailabilityZoneId AwsAccountId AwsRegion
        CanonicalHostedZoneId ClientToken CreateTime CreatedTime CreationTime CreationTimestamp
        CreatorRequestId DeleteOnTermination DeleteTime DeletionTimestamp ExpirationTime FailureCode
        FailureMessage Groups.GroupName InstanceOwnerId IpOwnerId LastStatusChange LastUpdateTimestamp
        LaunchTime ManagedBy NetworkAclAssociationId Operator Owner OwnerId RequestedTimestamp RequesterId
        RequesterManaged ReservationId Description Reason ResourceArn RouteTableAssociationId SecurityGroupArn
        Source StateReason StateTransitionReason StatusMessage SubnetArn Tags TransitGatewayArn
        TransitGatewayPeeringAttachments.Status VpcArn VpcOwnerId""",
    "names in DNS, which no packet carries": """
        DhcpOptionsId DnsSupport EnableDns64 PeeringOptions PrivateDnsName PrivateDnsNameOptions
        PrivateDnsNameOptionsOnLaunch PublicDnsName PublicIpDnsNameOptions PublicIpv6DnsName""",
    "what a machine is made of": """
        AmiLaunchIndex Architecture BlockDeviceMappings BootMode CapacityBlockId CapacityReservationId
        CapacityReservationSpecification CpuOptions CurrentInstanceBootMode DeviceIndex EbsOptimized
        ElasticGpuAssociations ElasticInferenceAcceleratorAssociations EnaQueueCount EnaSrdSpecification
        EnaSupport EnclaveOptions HibernationOptions Hypervisor IamInstanceProfile ImageId
        InstanceLifecycle InstanceTenancy InstanceType KernelId KeyName Licenses MacAddress
        MaintenanceOptions MetadataOptions Monitoring NetworkCardIndex NetworkPerformanceOptions Placement
        Platform PlatformDetails ProductCodes RamdiskId RootDeviceName RootDeviceType
        SpotInstanceRequestId SriovNetSupport TpmSupport UsageOperation UsageOperationUpdateTime
        VirtualizationType""",
    "an instance's interfaces and addresses are read from their own answers": """
        Reservations.Groups Reservations.Instances.Ipv6Address Reservations.Instances.NetworkInterfaces.*
        Reservations.Instances.PublicIpAddress Reservations.Instances.SecondaryInterfaces
        Reservations.Instances.SecurityGroups Reservations.Instances.SourceDestCheck
        Reservations.Instances.State.Code Reservations.Instances.SubnetId Reservations.Instances.VpcId""",
    "IPv6, which is not walked": """
        AssignIpv6AddressOnCreation DenyAllIgwTraffic EnablePrefixForIpv6SourceNat IpSource
        Ipv6AddressAttribute Ipv6CidrBlockSet Ipv6Native Ipv6Pool Ipv6Support IsPrimaryIpv6
        LocalIpv6NetworkCidr NetworkBorderGroup NetworkInterfaces.Ipv6Address RemoteIpv6NetworkCidr
        SourceNatIpv6Prefixes""",
    "what new resources get": """
        AssociationDefaultRouteTableId AutoAcceptSharedAttachments AvailableIpAddressCount
        DefaultAssociationRouteTable DefaultForAz DefaultPropagationRouteTable
        DefaultRouteTableAssociation DefaultRouteTablePropagation EnableLniAtDeviceIndex IpamPools
        IsDefault MapCustomerOwnedIpOnLaunch MapPublicIpOnLaunch PropagationDefaultRouteTableId""",
    "Outposts and their customer-owned addresses: a route to a local gateway is not visible": """
        CustomerOwnedIp CustomerOwnedIpv4Pool OutpostArn OutpostId""",
    "actions, conditions and checks that only Application Load Balancers have": """
        AnomalyDetection AuthenticateCognitoConfig AuthenticateOidcConfig Conditions.Field
        FixedResponseConfig GrpcCode HostHeaderConfig HttpHeaderConfig HttpRequestMethodConfig
        JwtValidationConfig Order PathPatternConfig ProtocolVersion QueryStringConfig RedirectConfig
        RegexValues TargetControlPort Transforms Values""",
    "which client certificates are accepted: the mode tells that one is needed": "MutualAuthentication.*",
    "how TLS is spoken: no packet's path depends on it, and a probe inside TLS meets it": """
        AlpnPolicy Certificates SslPolicy""",
    "which of several targets serves a client again": """
        TargetGroupStickinessConfig TargetGroupStickinessConfig.*""",
    "a Network Load Balancer's groups always have checks": "HealthCheckEnabled",
    "no TCP connection is opened by ICMP": "IcmpTypeCode",
    "how long idle connections are remembered": "ConnectionTrackingConfiguration",
    "bandwidth, autonomous systems and several ways at once": """
        AccepterAllowMultipathResilience AccepterMultipathResilienceMode AmazonSideAsn MulticastSupport
        MultipathResilienceStatus ProvisionedBandwidth RequesterAllowMultipathResilience
        RequesterMultipathResilienceMode TunnelBandwidth VpnEcmpSupport""",
    "how a tunnel is set up: its telemetry says whether it is": """
        Category CertificateArn CoreNetworkAttachmentArn CustomerGatewayConfiguration CustomerGatewayId
        EnableAcceleration GatewayAssociationState OutsideIpAddressType PreSharedKeyArn
        TransportTransitGatewayAttachmentId TunnelInsideIpVersion TunnelOptions""",
    "encryption within AWS: it limits what may be attached, and no page says that it drops packets": """
        EncryptionControl EncryptionSupport""",
    "Cloud WAN, behind which nothing is seen": """
        CoreNetworkId DynamicRouting TransitGatewayRouteTableAnnouncementId""",
    "a route to what is not known here is not visible": "OdbNetworkArn",
    "connections to a gateway's own addresses": "TransitGatewayCidrBlocks",
    "of a NAT gateway, its addresses tell": """
        AssociatedSubnets AutoProvisionZones AutoScalingIps NatGatewayAddresses.NetworkInterfaceId""",
    "whatever a proxy at a NAT gateway is, what it does is not visible": """
        AttachedAppliances.ApplianceArn AttachedAppliances.ModificationState AttachedAppliances.Type
        AttachedAppliances.VpcEndpointId""",
    "which account blocks public access is asked of the account": "BlockPublicAccessStates",
    "they change connections, and are not judged yet": """
        ApplianceModeSupport NatGatewaySupport TransitGatewayPolicyTableId""",
    "of an interface endpoint, its service, state and interfaces tell": """
        AcceptanceRequired AvailabilityZoneIds BaseEndpointDnsNames DnsEntries DnsOptions FailureReason
        GatewayLoadBalancerArns LastError ManagesVpcEndpoints PayerResponsibilities PayerResponsibility
        PrivateDnsEnabled PrivateDnsNameConfiguration RemoteAccessEnabled ResourceConfigurationArn
        ServiceConfigurations.AvailabilityZones ServiceNetworkArn ServiceRegion ServiceState ServiceType
        SupportedIpAddressTypes SupportedRegions TransitGatewayAttachmentOwner VpcEndpointConnectionId
        VpcEndpointRegion VpcEndpointType VpcEndpointConnections.IpAddressType VpcEndpoints.Groups
        VpcEndpointConnections.TransitGatewayAttachmentId VpcEndpoints.RouteTableIds
        VpcEndpointConnections.NetworkLoadBalancerArns VpcEndpoints.Ipv4Prefixes.* VpcEndpoints.Ipv6Prefixes.*
        VpcEndpoints.NetworkInterfaceIds VpcEndpoints.SubnetIds VpcEndpoints.IpAddressType""",
    "who may use an endpoint's service, by IAM": "PolicyDocument",
    "the one type that there is": "VpnConnections.Type VpnGateways.Type",
    "what can be seen of a route's next hop is where it leads": "Routes.IpAddress",
    "that a route names an internet firewall is read; its VPC says which one, its state and its mode": """
        IgwFirewall.FirewallArn IgwFirewall.Status""",
    "a machine's interface is the route's target, too": "Routes.InstanceId",
    "a subnet of Amazon Elastic VMware Service is one as others are": "Subnets.Type",
    "where a gateway's hardware is": "VpnGateways.AvailabilityZone",
}  # fmt: skip
"""Fields that nobody reads: by name, by the end of their path, or with all that they hold (``.*``)."""

MARKS = ("OwnerId", "NextToken", "NextMarker", "AdditionalRoutesAvailable")
"""Fields that are read of every answer."""
NAMES = {name for names in HARMLESS.values() for name in names.split()}


@cache
def texts_of(path: Path) -> frozenset[str]:
    """Return every text in a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    constants = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return frozenset(value for value in constants if isinstance(value, str))


def imported(path: Path) -> Iterator[Path]:
    """Yield the files that a file imports from aws/, and itself."""
    yield path
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("nlbcheck.aws."):
            yield Path(str(importlib.import_module(str(node.module)).__file__))


def read_by(kind: Kind[Any]) -> frozenset[str]:
    """Return the names of the fields that a kind's file may read."""
    homes = [module for module in sys.modules.values() if kind in vars(module).values()]
    files = {
        Path(str(home.__file__)) for home in homes if home.__name__.startswith("nlbcheck.aws.resources.")
    }
    texts = (texts_of(path) for home in files for path in imported(home))
    return frozenset(MARKS).union(*texts)


def unread(shape: Any, read: frozenset[str], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the paths of the fields of an output shape that nobody reads, without those within them."""
    if shape.type_name == "list":
        yield from unread(shape.member, read, path)
    elif shape.type_name == "structure":
        for name, member in shape.members.items():
            if name in read:
                yield from unread(member, read, (*path, name))
            else:
                yield (*path, name)


def is_listed(path: tuple[str, ...]) -> bool:
    ends = [".".join(path[start:]) for start in range(len(path))]
    within = [".".join(path[start:end]) + ".*" for end in range(len(path)) for start in range(end)]
    return not NAMES.isdisjoint((*ends, *within))


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.operation)
def test_no_field_of_an_answer_is_overlooked(kind: Kind[Any]) -> None:
    shape = session().get_service_model(kind.service).operation_model(kind.operation).output_shape
    overlooked = [".".join(path) for path in unread(shape, read_by(kind)) if not is_listed(path)]
    assert overlooked == []


def test_a_new_field_would_be_noticed() -> None:
    kind = next(kind for kind in kinds() if kind.operation == "DescribeSubnets")
    shape = session().get_service_model("ec2").operation_model("DescribeSubnets").output_shape
    fewer = read_by(kind) - {"AvailabilityZone"}
    assert [path for path in unread(shape, fewer) if not is_listed(path)] == [("Subnets", "AvailabilityZone")]
