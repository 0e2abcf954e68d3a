"""Every loss in one list: what can be asked of it, what shows it, and how to choose."""
