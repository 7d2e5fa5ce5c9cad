"""Editing what is listed: at once, or as a proposal that the office decides."""
