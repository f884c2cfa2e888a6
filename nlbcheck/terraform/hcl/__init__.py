"""Terraform's own files, read as far as what they say can be told without asking AWS.

python-hcl2 parses them. What a value is that only Terraform or AWS knows stays unknown, and is named.
"""
