"""The services: accounts, venues, bookings, notifications, statistics and the web pages."""
