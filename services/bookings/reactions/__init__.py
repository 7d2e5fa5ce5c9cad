"""What bookings does when it hears of an event, one event a file."""
