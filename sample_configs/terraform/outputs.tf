output "load_balancer_arn" {
  description = "The relay's load balancer."
  value       = aws_lb.relay.arn
}

output "security_group_id" {
  description = "What the targets' security groups have to admit, beside the static IPs."
  value       = aws_security_group.nodes.id
}
