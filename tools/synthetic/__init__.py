"""Invented workspaces whose every unusual hour is known, to measure forecasts and anomalies with."""
