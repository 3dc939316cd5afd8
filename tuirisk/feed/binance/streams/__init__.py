"""Binance's WebSocket streams: connections, health, depth synchronisation."""
