"""Volumes, snapshots and images over HTTP, as Scaleway's clients ask: at the root and by zone."""
