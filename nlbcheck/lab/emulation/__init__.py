"""How does the network of a recording run on one machine: World → Plan, decided by the kernel?

The translation knows AWS's rules from its documentation and nothing of ``nlbcheck.path``: the kernel's
longest prefix match, rule order and connection tracking are the second opinion on that model.

Where AWS and Linux differ by nature, this is the bridge (``tests/lab/test_bridges.py`` walks over each):

- AWS drops in silence. No router and no node says anything itself; who refuses is the target's own host.
- A Network Load Balancer passes TCP through and does not end it, so a node is kernel NAT: by the flow's hash
  to a target, from any port from 1024 on. What is sent again goes to the same target.
- A target that sees the client's address gets it from the node, and its answers go back through the node. To
  Linux that packet is the client's: the node marks it by its DSCP, by which VPC routers remember the
  connection and steer its answers, and by which security groups know the load balancer's group. Nobody else
  may set one.
- A security group in a rule stands for interfaces, in Linux for a set of their addresses: of those that are
  known at the rule, over the connection that joins both VPCs.
- A network ACL is stateless and sees what enters and leaves a subnet. A VPC's router has all its subnets, so
  it asks the ACL of the one and then of the other, and neither inside a subnet.
- A NAT gateway is connection tracking: answers to what it has not sent are none to it, and dropped.
- An interface endpoint's interface is joined with a node by a cable of its own, on which packets have their
  client's address. The node tells connections apart by the cable, so that networks may overlap. Where its
  inbound rules are not asked, a DSCP of its own hides its security group from targets.
- Nothing is known of on-premises. Nothing stops packets there, and each answer leaves by the link that its
  request came by, as nobody knows of two VPN connections which one the other side prefers.

- A TLS listener ends the connection at the node, with a certificate whose key no snapshot holds: the lab
  shows one of its own, for the load balancer's name and the node's addresses. What clients say inside, the
  node hands on in connections of its own. So there a handshake proves nothing of the target, as in AWS.

What is not brought up is named when the lab starts: a listener of TLS whose group keeps its clients'
addresses, and one of UDP, which no check of nlbcheck asks for.
"""

from __future__ import annotations

from nlbcheck.lab.emulation.blueprint import Blueprint, draw

__all__ = ["Blueprint", "draw"]
