"""Paying at a provider: one protocol, and what speaks it."""
