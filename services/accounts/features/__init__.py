"""What accounts does: one use case in each file."""
