"""The demo district: loaded through the services' own APIs, as its people would do it."""
