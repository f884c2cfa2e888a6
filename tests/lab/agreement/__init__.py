"""Do the walk and real packets agree on random networks?

Each network is drawn from a seed as a recording, brought up by the lab's twin, and tried with twenty
connections at once. Of each the walk says what may become of it: the request does not arrive, it arrives and
nothing comes back, or the connection is answered; behind a listener with several targets, one of several
fates. The kernel says what became of it. "Not known" agrees with everything, and is counted.

``nlbcheck.lab.emulation`` tells how the lab bridges what differs between AWS and Linux. The comparison adds:

- A refusal is an answer: the target's own host sent it.
- Which target of several, and which port from 1024 on, is chance; network ACLs that admit some of these ports
  give two fates, be it next to none of them.
- AWS does not say whether a target in a peered VPC needs a route back when it sees the client's address: two
  fates. Where AWS says that preservation does not work (over a transit or a NAT gateway, on-premises, to
  oneself) it does not say which packet is lost: the request may arrive or not, but nothing may be answered.
- A listener that shares its connections between groups loses those that fall to a group none of whose targets
  the node may use: one more fate.
- The walk's "not visible" for what lies on-premises counts as passed.
- A firewall has no rules in the lab: that these are not visible counts as passed. It knows connections. An
  answer that comes around it is one; what hangs after that is not looked at.
- That a target is recorded as healthy is drawn, and proves nothing here.
- A machine may be busy, and connection tracking outlives a network that is reprogrammed. Who fares otherwise
  than expected is dialled again, several times at once from other ports, and for so long that the kernel has
  sent each request four times. Only what differs then counts.
"""
