"""Measures a real Farthing server: ingest, reads, memory, start, size. `python -m bench --help` says how."""
