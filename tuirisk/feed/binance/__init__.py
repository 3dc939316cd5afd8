"""Binance USDⓈ-M: REST, streams, the wire format and the rules of its order book."""
