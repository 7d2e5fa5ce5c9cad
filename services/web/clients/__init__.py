"""The other services, as the pages see them."""
