"""Verify and troubleshoot connectivity through AWS Network Load Balancers."""

__version__ = "0.1.0"
