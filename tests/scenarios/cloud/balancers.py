"""Load balancers, listeners, target groups and targets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.scenarios.cloud.machines import Machines
from tests.scenarios.cloud.names import MADE_AT, Object, digest, made_id


class Balancers(Machines):
    """An account in which load balancers can be made."""

    def load_balancer(
        self,
        name: str,
        nodes: Mapping[str, str],
        groups: Sequence[str] = (),
        *,
        cross_zone: bool = True,
        kind: str = "network",
    ) -> str:
        """Create an internal load balancer; ``nodes`` maps each subnet to the node's address in it."""
        path = f"{kind[:3]}/{name}/{digest(name, 16)}"
        zones = []
        for subnet, address in nodes.items():
            place = self.find("DescribeSubnets", subnet)
            zones.append(
                {
                    "ZoneName": place["AvailabilityZone"],
                    "SubnetId": subnet,
                    "LoadBalancerAddresses": [{"PrivateIPv4Address": address}],
                }
            )
            self.interface(
                f"{name}-{subnet}",
                subnet,
                address,
                *groups,
                Attachment={
                    "AttachTime": MADE_AT,
                    "AttachmentId": made_id("ela-attach", f"{name}-{subnet}"),
                    "DeleteOnTermination": False,
                    "DeviceIndex": 1,
                    "NetworkCardIndex": 0,
                    "InstanceOwnerId": "amazon-aws",
                    "Status": "attached",
                },
                Description=f"ELB {path}",
                InterfaceType="network_load_balancer" if kind == "network" else "interface",
                RequesterId="amazon-elb",
                RequesterManaged=True,
                SourceDestCheck=False,
            )
        arn = self._elb_arn(f"loadbalancer/{path}")
        self.balancers.append(
            {
                "LoadBalancerArn": arn,
                "DNSName": f"{name}-{digest(name, 16)}.elb.{self.region}.amazonaws.com",
                "CanonicalHostedZoneId": "Z31USIVHYNEOWT",
                "CreatedTime": MADE_AT,
                "LoadBalancerName": name,
                "Scheme": "internal",
                "VpcId": self.find("DescribeSubnets", next(iter(nodes)))["VpcId"],
                "State": {"Code": "active"},
                "Type": kind,
                "AvailabilityZones": zones,
                **({"SecurityGroups": list(groups)} if groups else {}),
                "IpAddressType": "ipv4",
            }
        )
        self.listeners[arn] = []
        self.attributes[arn] = {
            "access_logs.s3.enabled": "false",
            "access_logs.s3.bucket": "",
            "access_logs.s3.prefix": "",
            "deletion_protection.enabled": "true",
            "dns_record.client_routing_policy": "any_availability_zone",
            "load_balancing.cross_zone.enabled": str(cross_zone).lower(),
            "zonal_shift.config.enabled": "false",
        }
        return arn

    def target_group(self, name: str, vpc: str, port: int, **fields: Any) -> str:
        """Create a target group of type ip and protocol TCP; ``fields`` replace its others."""
        arn = self._elb_arn(f"targetgroup/{name}/{digest(name, 16)}")
        common: Object = {
            "TargetGroupArn": arn,
            "TargetGroupName": name,
            "Protocol": "TCP",
            "Port": port,
            "VpcId": vpc,
            "HealthCheckProtocol": "TCP",
            "HealthCheckPort": "traffic-port",
            "HealthCheckEnabled": True,
            "HealthCheckIntervalSeconds": 30,
            "HealthCheckTimeoutSeconds": 10,
            "HealthyThresholdCount": 3,
            "UnhealthyThresholdCount": 3,
            "LoadBalancerArns": [],
            "TargetType": "ip",
            "IpAddressType": "ipv4",
        }
        self.groups.append(common | fields)
        self.targets[arn] = []
        self.attributes[arn] = {
            "stickiness.enabled": "false",
            "stickiness.type": "source_ip",
            "deregistration_delay.timeout_seconds": "300",
            "deregistration_delay.connection_termination.enabled": "false",
            "load_balancing.cross_zone.enabled": "use_load_balancer_configuration",
            "preserve_client_ip.enabled": "false",
            "proxy_protocol_v2.enabled": "false",
            "target_group_health.dns_failover.minimum_healthy_targets.count": "1",
            "target_group_health.dns_failover.minimum_healthy_targets.percentage": "off",
            "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count": "1",
            "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage": "off",
            "target_health_state.unhealthy.connection_termination.enabled": "true",
            "target_health_state.unhealthy.draining_interval_seconds": "0",
        }
        return arn

    def register(self, group: str, target: str, port: int, zone: str, state: str = "healthy") -> None:
        """Register a target in a zone or in ``all``."""
        health: Object = {"State": state}
        if state == "unhealthy":
            health |= {"Reason": "Target.FailedHealthChecks", "Description": "Health checks failed"}
        self.targets[group].append(
            {
                "Target": {
                    "Id": target,
                    "Port": port,
                    "AvailabilityZone": zone if zone == "all" else self.region + zone,
                },
                "HealthCheckPort": str(port),
                "TargetHealth": health,
                "AdministrativeOverride": {
                    "State": "no_override",
                    "Reason": "AdministrativeOverride.NoOverride",
                    "Description": "No override is currently active on target",
                },
            }
        )

    def listener(self, balancer: str, port: int, *groups: str, protocol: str = "TCP") -> str:
        """Create a listener that forwards to target groups, with equal weights."""
        path = balancer.partition(":loadbalancer/")[2]
        arn = self._elb_arn(f"listener/{path}/{digest(f'{path}:{port}', 16)}")
        forward: Object = {"Type": "forward"}
        if len(groups) == 1:
            forward["TargetGroupArn"] = groups[0]
        forward["Order"] = 1
        forward["ForwardConfig"] = {"TargetGroups": [{"TargetGroupArn": arn, "Weight": 1} for arn in groups]}
        self.listeners[balancer].append(
            {
                "ListenerArn": arn,
                "LoadBalancerArn": balancer,
                "Port": port,
                "Protocol": protocol,
                "DefaultActions": [forward],
            }
        )
        for group in self.groups:
            if group["TargetGroupArn"] in groups and balancer not in group["LoadBalancerArns"]:
                group["LoadBalancerArns"].append(balancer)
        return arn

    def _elb_arn(self, path: str) -> str:
        return f"arn:aws:elasticloadbalancing:{self.region}:{self.account}:{path}"
