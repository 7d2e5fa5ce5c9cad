"""One file for each page: it asks the services, and renders."""
