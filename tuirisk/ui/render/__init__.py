"""Rendering: the canvas, rows of spans, glyphs, number formats, the terminal diff, SVG."""
