"""Identifiers: UUIDv7 for rows and events, short codes for people, tokens for secrets."""

import os
import random
import secrets
import threading
import time
from typing import Final, Protocol
from uuid import UUID

# Crockford's base 32: no I, L, O, U, so that a code read out on the phone is heard right.
CODE_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH: Final = 8
_PRIME: Final = 31
_BODIES: Final = _PRIME ** (CODE_LENGTH - 1)
_VALUES: Final = {char: value for value, char in enumerate(CODE_ALPHABET, 1)}
_LOOK_ALIKES: Final = str.maketrans("ILOU", "110V", "- ")


class IdSource(Protocol):
    """Makes new row and event ids."""

    def new(self) -> UUID:
        """Return an id that was never returned before."""
        ...


class SystemIds:
    """UUIDv7 (RFC 9562 §5.7): ordered by time, and strictly increasing within the process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def new(self) -> UUID:
        """Return a UUIDv7 greater than every one this source returned before."""
        with self._lock:
            # 48 bits of milliseconds, then 12 bits of the millisecond's fraction (RFC 9562 §6.2).
            moment = (time.time_ns() << 12) // 1_000_000
            self._last = max(moment, self._last + 1)
            stamp = self._last
        rest = int.from_bytes(os.urandom(8), "big") & (2**62 - 1)
        value = (stamp >> 12) << 80 | 0x7 << 76 | (stamp & 0xFFF) << 64 | 0b10 << 62 | rest
        return UUID(int=value)


_IDS: Final = SystemIds()


def new_id() -> UUID:
    """Return a new UUIDv7 from the process's own source."""
    return _IDS.new()


def random_token(n_bytes: int = 32) -> str:
    """Return an unguessable, URL-safe secret made of `n_bytes` random bytes."""
    return secrets.token_urlsafe(n_bytes)


def random_hex(n_bytes: int) -> str:
    """Return random bytes in hex: they have to differ, not to be secret (a system call costs more).

    A child process that was forked draws other ones.
    """
    return f"{random.getrandbits(8 * n_bytes):0{2 * n_bytes}x}"


def _check_character(body: str) -> str:
    """Return the check character of a code: a weighted sum modulo 31, a prime.

    With a prime modulus every single wrong character and every swap of two neighbours
    changes the sum; the 32nd character of the alphabet is therefore never a check character.
    """
    total = sum(_VALUES[char] * weight for weight, char in enumerate(body, 2))
    return CODE_ALPHABET[total % _PRIME]


def order_code() -> str:
    """Return a code that people can read out, such as `7K4Q-M2XP`: 34 random bits and a check."""
    number, body = secrets.randbelow(_BODIES), ""
    for _ in range(CODE_LENGTH - 1):
        number, digit = divmod(number, _PRIME)
        body += CODE_ALPHABET[digit]
    code = body + _check_character(body)
    return f"{code[:4]}-{code[4:]}"


def normalise_order_code(typed: str) -> str | None:
    """Return the code that a person meant, or None where its check character is wrong."""
    code = typed.upper().translate(_LOOK_ALIKES)
    if len(code) != CODE_LENGTH or any(char not in CODE_ALPHABET for char in code):
        return None
    if _check_character(code[:-1]) != code[-1]:
        return None
    return f"{code[:4]}-{code[4:]}"
