"""The forecasts and the score of past hours, computed from what was known then."""
