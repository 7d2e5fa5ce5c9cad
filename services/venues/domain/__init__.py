"""Rules about venues that need no database: their life, their texts, prices and times."""
