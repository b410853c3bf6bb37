"""The analytics copy: keeping it up with the ledger, checking it, and making it anew."""
