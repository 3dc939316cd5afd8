"""Derivatives: funding, open interest, liquidations and their clusters."""
