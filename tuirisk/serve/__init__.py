"""One monitor, many viewers: its states over a WebSocket."""
