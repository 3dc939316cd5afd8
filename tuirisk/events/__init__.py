"""The events of a feed, immutable, and sequences of them kept as columns."""
