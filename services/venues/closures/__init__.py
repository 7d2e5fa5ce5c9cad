"""Closures: how they are shown, found, counted beforehand and told."""
