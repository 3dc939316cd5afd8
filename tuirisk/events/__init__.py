"""What a feed can say: immutable events, and sequences of them kept as columns."""
