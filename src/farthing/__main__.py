"""`python -m farthing`: the same command line as the `farthing` script."""

from __future__ import annotations

from farthing.cli import main

if __name__ == "__main__":
    main()
