"""Prices as people meet them: books, own prices, unpriced calls, re-pricing."""
