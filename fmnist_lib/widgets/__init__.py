"""Panels that one moves in a notebook."""
