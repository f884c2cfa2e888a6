"""Probes: what one connection to a listener port shows, and the runner that makes many of them."""
