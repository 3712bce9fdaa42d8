"""A served process, driven by published clients as they are."""
