"""How far two distributions are apart, and what comes closest."""
