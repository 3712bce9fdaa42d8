"""The compute dialect at `/v2.1`: Nova's API at microversion 2.1."""
