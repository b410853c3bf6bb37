"""Exports that are made by themselves, and put where they were wanted."""
