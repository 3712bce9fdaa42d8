"""The command line and its processes, as somebody at a shell meets them."""
