"""The waiting list: who waits for what, and whose turn it is."""
