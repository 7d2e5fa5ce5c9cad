"""What happens on events, one per file."""
