"""Clients of providers, wrapped: what they are asked and what they answer stays as it is."""
