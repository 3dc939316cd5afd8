"""Pure risk metrics: functions of recorded market data, the configuration and ``now``."""
