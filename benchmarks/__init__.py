"""Benchmarks: pairs of commands measured in one run, so that their ratio holds on a noisy machine."""
