"""What stops a migration, in one sentence for the person who has to act."""


class SchemaError(Exception):
    """The schema can't be brought up to date; the message says why and what to do."""
