"""The edge: HTTP dialects, the command line, and the composition root."""
