"""What runs by itself, when, and who holds the lease."""
