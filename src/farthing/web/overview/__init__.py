"""The overview: what it asks, and how the answers become figures, chart and rankings."""
