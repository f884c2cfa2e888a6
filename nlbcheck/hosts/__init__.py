"""Hosts: machines on which commands can be run, by whoever may log in there."""
