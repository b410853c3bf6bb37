"""Bringing in what other tools have exported, as calls."""
