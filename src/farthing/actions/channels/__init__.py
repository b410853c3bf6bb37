"""Channels of a workspace, and what is sent to them."""
