"""Makes the snapshot: `python -m farthing.prices.build`. A maintainer's tool; needs `farthing[prices]`."""
