"""Accounts: people, how they sign in, whom they work for, and the tokens that say so."""
