"""Measurements: the service beside its peers, and how it grows. `python -m bench --help`."""
