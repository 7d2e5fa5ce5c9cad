"""What every service shares: values, contracts, schema, database, messaging and HTTP."""
