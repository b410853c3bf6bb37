"""Alerts: what a workspace says of them, the inbox, and what raises and sums them up by itself."""
