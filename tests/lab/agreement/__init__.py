"""Do the walk and real packets agree on random networks?

Each network is drawn from a seed as a recording, brought up by the lab's twin, and tried with twenty
connections at once. Of each the walk says what may become of it: the request does not arrive, it arrives and
nothing comes back, or the connection is answered; behind a listener with several targets, one of several
fates. The kernel says what became of it. "Not known" agrees with everything, and is counted.

Where AWS and Linux differ, and how the lab and this comparison bridge it:

- A refusal is an answer: the target's own host sent it. AWS drops in silence, as all of the lab's routers do.
- An NLB is TCP passed through, so a node is kernel NAT. Which target of several, and which port from 1024 on,
  is chance in both; network ACLs that admit some of these ports give two fates.
- A preserved client address is carried by a DSCP mark from the node on, and answers go back through the node
  by connection marks. AWS does not say whether a target in a peered VPC then needs a route back: two fates.
  Where AWS says that preservation does not work (over a transit or a NAT gateway, on-premises, to oneself) it
  does not say which packet is lost: the request may arrive or not, but nothing may be answered.
- A security group in a rule is the addresses of its machines that can be recognized there, as sets.
- A NAT gateway is connection tracking: answers to what it has not sent are invalid there, and dropped.
- Nothing is known of on-premises. In the lab nothing stops packets there, and each answer leaves by the link
  that its request came by; the walk's "not visible" for it counts as passed.
- Connection tracking outlives a network that is reprogrammed. Who fares otherwise than expected is dialled
  again, from another port and with more patience, before that counts.
"""
