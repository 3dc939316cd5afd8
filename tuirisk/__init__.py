"""tuirisk: a terminal risk monitor for Binance USDⓈ-M perpetuals."""

__version__ = "0.1.0"
