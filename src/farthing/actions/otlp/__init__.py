"""Spans that come in: calls stored, sums held back until it is known whether their calls come, too."""
