"""An exchange in the box: a market model behind Binance's own REST and WebSocket on loopback."""
