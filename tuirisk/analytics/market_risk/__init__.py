"""Market risk: volatility, drawdown, timeframes, performance, value at risk, correlation."""
