"""Giving leads back to their vendor: the windows, the candidates, asking, and what came of it."""
