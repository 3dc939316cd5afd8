"""The history in SQLite: candles for a warm start, a score a minute, the recommendation log."""
