"""Who is asking: signing in, and recognising who has."""
