# The relay of a mapping table: a listener and a target group for each row, for TCP. The table is the one
# source of truth; hold it against what is planned with
#
#   terraform plan -out plan.bin && terraform show -json plan.bin > plan.json
#   nlbcheck mapping check --terraform plan.json
#   nlbcheck diagnose --all --plan plan.json

locals {
  table = yamldecode(file(var.table))
  rows  = { for row in local.table.mappings : row.target_group => row }

  # A row's ports are written TCP:22 or 22, and its target is a name of the table or an address.
  ports        = { for name, row in local.rows : name => tonumber(reverse(split(":", tostring(row.listener)))[0]) }
  target_ports = { for name, row in local.rows : name => tonumber(reverse(split(":", tostring(row.target_port)))[0]) }

  targets = merge([
    for name, row in local.rows : {
      for target in flatten([row.target]) : "${name}/${target}" => {
        row     = name
        address = lookup(lookup(local.table, "targets", {}), target, target)
      }
    }
  ]...)

  # An address lies in a range where the range's first address is that of the range made of the address.
  outside = {
    for key, target in local.targets : key => alltrue([
      for range in var.vpc_cidr_blocks :
      cidrhost(range, 0) != cidrhost("${target.address}/${split("/", range)[1]}", 0)
    ])
  }
}

resource "aws_security_group" "nodes" {
  name        = "${local.table.load_balancer}-nodes"
  description = "The nodes of ${local.table.load_balancer}"
  vpc_id      = var.vpc_id
}

resource "aws_vpc_security_group_ingress_rule" "clients" {
  for_each = {
    for pair in setproduct(keys(local.rows), var.client_cidr_blocks) : "${pair[0]}/${pair[1]}" => {
      port = local.ports[pair[0]]
      cidr = pair[1]
    }
  }

  security_group_id = aws_security_group.nodes.id
  description       = each.key
  ip_protocol       = "tcp"
  from_port         = each.value.port
  to_port           = each.value.port
  cidr_ipv4         = each.value.cidr
}

resource "aws_vpc_security_group_egress_rule" "targets" {
  for_each = local.targets

  security_group_id = aws_security_group.nodes.id
  description       = each.key
  ip_protocol       = "tcp"
  from_port         = local.target_ports[each.value.row]
  to_port           = local.target_ports[each.value.row]
  cidr_ipv4         = "${each.value.address}/32"
}

resource "aws_lb" "relay" {
  name                             = local.table.load_balancer
  load_balancer_type               = "network"
  internal                         = true
  enable_cross_zone_load_balancing = true
  security_groups                  = [aws_security_group.nodes.id]

  dynamic "subnet_mapping" {
    for_each = local.table.static_ips

    content {
      subnet_id            = var.subnet_ids[subnet_mapping.key]
      private_ipv4_address = subnet_mapping.value
    }
  }
}

resource "aws_lb_target_group" "row" {
  for_each = local.rows

  name               = each.key
  vpc_id             = var.vpc_id
  target_type        = "ip"
  protocol           = "TCP"
  port               = local.target_ports[each.key]
  preserve_client_ip = false
}

resource "aws_lb_target_group_attachment" "target" {
  for_each = local.targets

  target_group_arn  = aws_lb_target_group.row[each.value.row].arn
  target_id         = each.value.address
  port              = local.target_ports[each.value.row]
  availability_zone = local.outside[each.key] ? "all" : null
}

resource "aws_lb_listener" "row" {
  for_each = local.rows

  load_balancer_arn = aws_lb.relay.arn
  protocol          = "TCP"
  port              = local.ports[each.key]

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.row[each.key].arn
  }
}
