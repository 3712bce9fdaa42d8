"""The page at `/docs`, with every asset it needs."""
