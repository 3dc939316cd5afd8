"""The screen: draws RiskState, computes nothing."""
