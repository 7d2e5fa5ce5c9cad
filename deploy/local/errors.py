"""What can go wrong on a person's machine, said in one sentence."""


class LocalError(Exception):
    """The embedded stack can't go on; the message tells its reader what to do about it."""
