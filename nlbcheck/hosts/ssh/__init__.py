"""Hosts behind SSH: found, trusted and logged in to as OpenSSH's users have it in their files."""
