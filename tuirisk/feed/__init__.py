"""Where events come from: Binance (or a server that speaks its protocol) and recordings."""
