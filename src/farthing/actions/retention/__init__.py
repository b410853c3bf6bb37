"""How long calls are kept, and what is removed when they are older."""
