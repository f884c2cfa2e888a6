"""Tests of what nlbcheck says, and in which language."""
