"""Stress: simulated paths, scenarios, and the what-if position."""
