"""An authenticator in software, as a phone or a security key behaves (Web Authentication, §6)."""

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any, Final

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

ORIGIN: Final = "http://localhost:8080"
# §6.1: user present, user verified, attested credential data included.
PRESENT: Final = 0x01
VERIFIED: Final = 0x04
ATTESTED: Final = 0x40

Json = dict[str, Any]


def encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class SoftwareAuthenticator:
    """One discoverable credential; what a test changes makes it lie."""

    origin: str = ORIGIN
    rp_id: str = "localhost"
    sign_count: int = 0
    flags: int = PRESENT | VERIFIED
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    user_handle: str = ""
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    def create(self, options: Json) -> Json:
        """Answer `navigator.credentials.create`."""
        self.user_handle = options["user"]["id"]
        client_data = self._client_data("webauthn.create", options["challenge"])
        attested = bytes(16) + len(self.credential_id).to_bytes(2) + self.credential_id
        data = self._data(ATTESTED) + attested + self._public_key()
        attestation = {"fmt": "none", "attStmt": {}, "authData": data}
        return self._credential(
            {
                "clientDataJSON": encoded(client_data),
                "attestationObject": encoded(cbor2.dumps(attestation)),
                "transports": ["internal"],
            }
        )

    def get(self, options: Json) -> Json:
        """Answer `navigator.credentials.get`; the counter rises."""
        self.sign_count += 1
        return self.sign(options["challenge"])

    def sign(self, challenge: str) -> Json:
        """Answer without counting, as a copy would."""
        client_data = self._client_data("webauthn.get", challenge)
        data = self._data()
        signed = data + hashlib.sha256(client_data).digest()
        signature = self.key.sign(signed, ec.ECDSA(hashes.SHA256()))
        return self._credential(
            {
                "clientDataJSON": encoded(client_data),
                "authenticatorData": encoded(data),
                "signature": encoded(signature),
                "userHandle": self.user_handle,
            }
        )

    def _credential(self, response: Json) -> Json:
        name = encoded(self.credential_id)
        return {
            "id": name,
            "rawId": name,
            "type": "public-key",
            "clientExtensionResults": {},
            "response": response,
        }

    def _client_data(self, kind: str, challenge: str) -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(said).encode()

    def _data(self, more: int = 0) -> bytes:
        hashed = hashlib.sha256(self.rp_id.encode()).digest()
        return hashed + bytes([self.flags | more]) + self.sign_count.to_bytes(4)

    def _public_key(self) -> bytes:
        """Return the key as COSE writes it (RFC 9053 §7.1.1)."""
        numbers = self.key.public_key().public_numbers()
        x, y = numbers.x.to_bytes(32), numbers.y.to_bytes(32)
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})
