"""Tickets, and what happens to them at the gates."""
