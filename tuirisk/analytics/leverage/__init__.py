"""Leverage: positions, margin, brackets, liquidation price, sizing, the account."""
