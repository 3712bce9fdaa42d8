"""Scaleway's Instance API, by zone: its words for the same servers, volumes and images."""
