"""Explore: any measure by up to two dimensions, over time or not, and views of it that were saved."""
