"""Finding venues: the words they are found by, who has room, and in which order they are shown."""
