"""Helpers of the tests: synthetic data, drivers, servers."""
