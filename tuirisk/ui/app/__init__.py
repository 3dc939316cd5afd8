"""The application: state to view, the watchlist's editing, themes, messages."""
