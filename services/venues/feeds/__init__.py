"""Other channels' calendars: read, understood, and kept off our sale."""
