"""Candle, funding and open-interest files of one's own, read into columns."""
