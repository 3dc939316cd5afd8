"""What is known now of each symbol: candles, book, tape, derivatives. One writer, no opinions."""
