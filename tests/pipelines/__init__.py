"""Pipelines to copy: are they what their systems read, and do their commands do what they say?"""
