"""Incidents: watching workspaces, telling of what opens, and what people do with it."""
