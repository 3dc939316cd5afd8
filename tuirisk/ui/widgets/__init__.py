"""Panels of the screen, each a :class:`~tuirisk.ui.widgets.canvas.Canvas`."""
