"""The read side: rows derived from the log, and the questions asked of them."""
