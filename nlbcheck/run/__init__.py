"""A run as a library call: what the commands do, for every caller that speaks Python.

Everything between reading the table and rendering the report is decided here: which rows are meant, who the
client is, which account and Region is asked and as whom, what is probed, walked and judged.
"""
