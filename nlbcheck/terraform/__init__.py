"""Terraform's plans, states and files, as AWS's answers: what they show, and what an apply changes.

A resource becomes the object that AWS would show, so that one parser, the comparison with the table and the
walk work on it unchanged. ``kinds/`` has one function for each kind of resource.
"""
