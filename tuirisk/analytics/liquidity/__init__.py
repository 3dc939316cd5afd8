"""Liquidity: the order book's depth and slippage, the cost of an order, order flow."""
