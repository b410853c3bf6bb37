"""How events become durable: the writer groups what waits into one commit and answers all of it."""
