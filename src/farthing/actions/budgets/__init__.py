"""Budgets: setting them up, asking how they stand, and gates that callers may ask before a call."""
