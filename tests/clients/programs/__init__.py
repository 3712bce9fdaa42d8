"""Published clients, each run in its own environment: told a call a line, telling its outcome."""
