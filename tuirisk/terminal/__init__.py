"""The terminal and the process: capabilities, back-pressure, signals, hang-ups, errors."""
