"""What is shipped, what it depends on, and what the documents point at."""
