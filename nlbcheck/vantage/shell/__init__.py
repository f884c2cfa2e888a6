"""Probes made by a shell, where there is no Python: the script, what it is asked, and what it saw."""
