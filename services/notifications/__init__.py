"""Messages to people: one-time codes, and what becomes of their orders."""
