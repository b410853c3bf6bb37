"""Prices as pages: the catalogue, a model, disagreements, unknown models, own prices, re-pricing."""
