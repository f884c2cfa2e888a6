variable "table" {
  description = "The mapping table: what nlbcheck checks is what Terraform builds."
  type        = string
  default     = "../nlbcheck.yaml"
}

variable "vpc_id" {
  description = "The VPC that the load balancer stands in."
  type        = string
}

variable "vpc_cidr_blocks" {
  description = "The VPC's ranges: a target outside them is registered for the zone all."
  type        = list(string)
  default     = ["172.31.0.0/16"]
}

variable "subnet_ids" {
  description = "The subnet of the node in each zone of the table's static_ips."
  type        = map(string)
}

variable "client_cidr_blocks" {
  description = "Who may connect to the listeners."
  type        = list(string)
}
