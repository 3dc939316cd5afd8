"""Panels of the screen, each a :class:`~tuirisk.ui.canvas.Canvas`."""
