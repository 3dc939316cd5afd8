"""The screen in a browser: a page for each tab, and a light viewer of one monitor behind it."""
