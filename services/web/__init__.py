"""The pages: what visitors, operators and the tourism office see in a browser. Owns no data."""
