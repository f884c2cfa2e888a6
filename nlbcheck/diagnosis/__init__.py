"""Diagnosis: from what was seen to a report that says what it means."""
