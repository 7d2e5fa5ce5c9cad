"""A small service that uses everything that shared.http has."""
