"""Penalties: their balls, paths and racers, and overfitting."""
