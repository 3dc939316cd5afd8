"""The newest data of each symbol: candles, book, tape, derivatives. One writer; no risk numbers."""
