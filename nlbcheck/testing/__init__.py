"""Rows of mapping tables as tests of pytest; ``nlbcheck/pytest_plugin.py`` brings it in when it is wanted."""
