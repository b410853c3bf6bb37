"""Bytes to usage events: what senders write, understood and priced, or refused with every reason."""
