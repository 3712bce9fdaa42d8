"""A schema a file, named by its number, with what leads to it from the one before."""
