"""Budgets as pages: how each stands, its history, and the form with a preview on the past."""
