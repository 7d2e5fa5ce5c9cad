"""What accounts does when it hears of an event, one file each."""
