"""What accounts does by itself, from time to time."""
