"""What people and services can do with bookings, one use case a file."""
