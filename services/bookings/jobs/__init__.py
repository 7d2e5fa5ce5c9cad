"""What bookings does by itself, from time to time, one job a file."""
