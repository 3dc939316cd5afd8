"""The account as one portfolio: what liquidates it, whose risk it is, and what would save it."""
