"""Measures what `docs/performance.md` says, beside reference programs, in one run."""
