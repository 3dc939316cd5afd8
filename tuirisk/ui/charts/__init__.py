"""Pictures in characters: pure functions from data to rows of spans.

``plain`` asks for ASCII alone. A missing value is a gap, never a zero; limits are the caller's, so
that a calm series and a wild one do not look alike.

They are drawn here, in under 600 lines, and not by a library: of those for Textual the plug-ins
had no release for a year or took 20 to 40 ms for one picture of 80×20 cells (here a whole tab takes
2 to 8), the ready-made sparkline raises on a NaN, and none draws gaps, quantile bands or ASCII.
"""
