#!/bin/sh
# Load balancer example-nlb, account 123456789012, ap-northeast-1
# As nlbcheck 1 saw it at 2026-11-22T00:00:00Z.
# nlbcheck runs none of these commands. Read them, then run them yourself.
# The commands act on the account and Region that the AWS CLI is set to.
set -eu

# Step 1 of 2: Create a TCP listener on port 10022 that forwards to example-tg-10022.
# For tg-10022.
# fail: listener-missing: example-nlb has no listener on port 10022. It drops packets to this port without an answer.
aws elbv2 create-listener --load-balancer-arn arn:aws:elasticloadbalancing:ap-northeast-1:123456789012:loadbalancer/net/example-nlb/b360b115e38e7798 --protocol TCP --port 10022 --default-actions '[{"Type":"forward","TargetGroupArn":"arn:aws:elasticloadbalancing:ap-northeast-1:123456789012:targetgroup/example-tg-10022/e872da02f318fe9b"}]'

# Step 2 of 2: Add a route 192.168.0.0/16 to pcx-0a50f44dd162f8a58 in rtb-0f211e7b1f3ee3b5a.
# For tg-10022, tg-10080, tg-20022, tg-20080, tg-30080.
# fail: route-missing: Route table private-1a-1 (rtb-0f211e7b1f3ee3b5a) has no route for 192.168.1.214.
aws ec2 create-route --route-table-id rtb-0f211e7b1f3ee3b5a --destination-cidr-block 192.168.0.0/16 --vpc-peering-connection-id pcx-0a50f44dd162f8a58
