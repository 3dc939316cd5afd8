"""The whole market for the radar: the all-market streams and the cheapest requests."""
