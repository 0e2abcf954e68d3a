"""What to name, to order and to do before the outcome is known."""
