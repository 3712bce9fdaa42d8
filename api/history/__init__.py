"""The past over HTTP: as of any point, audit, events, blame, diff. One for all dialects."""
