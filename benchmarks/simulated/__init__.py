"""Simulated cohorts with a known truth, one file for each family of metrics; `coverage.py` draws them."""
