"""The account at Binance: credentials, signed requests, positions and the user-data stream."""
