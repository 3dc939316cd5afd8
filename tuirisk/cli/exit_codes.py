"""Exit codes of the command line (DESIGN, "Words on the command line")."""

OK = 0
BUG = 1
USAGE = 2
UNREACHABLE = 3
NOT_READY = 4
