"""Vantage points: from where probes are made, and who one is there."""
