"""What people do with venues: one use case per file."""
