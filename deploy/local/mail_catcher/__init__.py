"""A mailbox for development: takes every mail and SMS, delivers none, and shows them on a page."""
