"""SQLite: candles for a warm start, scores once a minute, the recommendation log across runs."""

from tuirisk.history.database import HistoryError, database_path
from tuirisk.history.history import History
from tuirisk.history.reading import stored_log

__all__ = ["History", "HistoryError", "database_path", "stored_log"]
