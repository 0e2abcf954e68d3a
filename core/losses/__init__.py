"""The losses, one module per family; each family's tuple lists its classes in display order."""
