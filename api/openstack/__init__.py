"""What the OpenStack dialects share: errors, addresses, queries, version documents."""
