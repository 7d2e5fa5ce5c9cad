"""Whether a running platform keeps its promises: looked up in its own data, never assumed."""
