"""The score, the recommendation, severity and freshness."""
