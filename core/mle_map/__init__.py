"""Likelihood, prior and posterior, their peaks, and which loss suits which noise."""
