"""Pictures in characters: pure functions from data to rows of spans.

``plain`` asks for ASCII alone. A missing value is a gap, never a zero; limits are the caller's, so
that a calm series and a wild one do not look alike.
"""
