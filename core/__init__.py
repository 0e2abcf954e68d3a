"""Losses, landscapes and descent, in NumPy and SciPy alone: this package knows no screen."""
