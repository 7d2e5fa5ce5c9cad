"""What the service does by itself, at intervals."""
