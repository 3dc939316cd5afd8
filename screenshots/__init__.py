"""The README's pictures; ``python -m screenshots`` redraws them."""
