"""The embedded exchange: a market model behind Binance's REST and WebSocket on loopback."""
