"""Binance's REST: the client, its rate limiter, and the backfill of history."""
