"""Ways out of here: what is told to people who are not looking, and files that are put elsewhere."""
