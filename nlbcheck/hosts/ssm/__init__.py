"""Hosts of Systems Manager: instances whose agent fetches commands, without a login or an open port."""
