"""Panels of the screen, each a :class:`~tuirisk.ui.render.canvas.Canvas`."""
