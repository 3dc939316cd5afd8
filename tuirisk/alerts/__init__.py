"""Alerts: which escalations alert, and how the bell, hooks and notifications get them."""
