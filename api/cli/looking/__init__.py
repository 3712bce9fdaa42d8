"""The commands that look at the past of a database, served or not, or of an exported file.

They fold the log themselves and ask no derived row. Nothing is ever written. Exit status 0; 1 where
nothing was found, or what was asked cannot be told; 2 for wrong usage.
"""
