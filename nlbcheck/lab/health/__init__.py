"""How do the load balancer's own checks find its targets?"""
