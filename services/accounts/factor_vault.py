"""Secrets of second factors as they are kept: sealed, or hashed with a key of the server."""

from uuid import UUID

from shared.core.sealing import Sealer


class FactorVault:
    """Seals authenticators' secrets and hashes recovery codes, each for one account only."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    def seal(self, secret: str, account_id: UUID) -> bytes:
        """Return an authenticator's secret, sealed for an account."""
        return self._sealer.seal(secret, f"authenticator:{account_id}")

    def open(self, sealed: bytes, account_id: UUID) -> str:
        """Return an account's secret. Raises SealBrokenError for one of another account."""
        return self._sealer.open(sealed, f"authenticator:{account_id}")

    def recovery_hash(self, code: str, account_id: UUID) -> bytes:
        """Return the hash by which a normalised recovery code of an account is found."""
        return self._sealer.blind_index(code, f"recovery:{account_id}")
