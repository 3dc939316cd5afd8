"""Forecasts of the next day: its volatility, its extremes, and what they are calibrated on."""
