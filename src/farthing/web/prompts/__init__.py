"""Prompts: the versions that each endpoint was called with, and one against another."""
