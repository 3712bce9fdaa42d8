"""Recorded histories run again: by two code bases side by side, or on a branch in memory."""
