"""Secrets of a site in production, made once, before its first start."""
