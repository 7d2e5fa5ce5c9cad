"""The embedded stack: the whole platform on one machine, started by one command."""
