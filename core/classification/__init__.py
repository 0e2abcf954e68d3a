"""Two classes and several: linear scores, their fits, and what a classifier is worth."""
