"""HTTP for every service: typed routes, OpenAPI, problems, tokens, idempotency, health, client."""
