"""Colour themes and their reload."""
