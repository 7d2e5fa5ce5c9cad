"""What runs by itself, one per file."""
