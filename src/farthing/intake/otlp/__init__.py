"""OpenTelemetry's way in: spans as they are exported, read as the calls they tell of."""
