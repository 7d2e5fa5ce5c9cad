"""What a person can choose about an embedded stack, read from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, Self, cast

from deploy.local.errors import LocalError

ROOT: Final = Path(__file__).resolve().parents[2]
HIGHEST_PORT: Final = 65_535

BrokerKind = Literal["embedded", "apache"]


@dataclass(frozen=True)
class Ports:
    """The ports of one stack; all on 127.0.0.1, all moved by the same offset."""

    offset: int = 0

    def of(self, name: str) -> int:
        """Return the port of a service, or of another part that listens."""
        return BASE_PORTS[name] + self.offset

    def url(self, name: str) -> str:
        """Return the address of a part that speaks HTTP."""
        return f"http://127.0.0.1:{self.of(name)}"


BASE_PORTS: Final[Mapping[str, int]] = {
    "web": 8080,
    "accounts": 8101,
    "venues": 8102,
    "bookings": 8103,
    "notifications": 8104,
    "statistics": 8105,
    "inbox": 8106,
    "smtp": 8107,
    "cashier": 8108,
    "postgres": 15432,
    "broker": 19092,
    "controller": 19093,
}


@dataclass(frozen=True)
class Options:
    """The choices: where the data is, which ports, which broker, with or without sample data."""

    data_dir: Path = ROOT / ".data"
    port_offset: int = 0
    broker: BrokerKind = "embedded"
    seed: bool = True

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read DATA_DIR, PORT_OFFSET, BROKER and SEED. Raises LocalError for nonsense."""
        broker = environment.get("BROKER") or "embedded"
        if broker not in {"embedded", "apache"}:
            raise LocalError(f"BROKER is {broker!r}; it can be embedded or apache.")
        seed = environment.get("SEED") or "1"
        if seed not in {"0", "1"}:
            raise LocalError(f"SEED is {seed!r}; it can be 0 or 1.")
        return cls(
            Path(environment.get("DATA_DIR") or cls.data_dir).absolute(),
            _offset(environment.get("PORT_OFFSET") or "0"),
            cast("BrokerKind", broker),
            seed == "1",
        )

    @property
    def ports(self) -> Ports:
        """Return the ports of this stack."""
        return Ports(self.port_offset)


def _offset(text: str) -> int:
    highest = HIGHEST_PORT - max(BASE_PORTS.values())
    if not (text.isascii() and text.isdigit() and int(text) <= highest):
        raise LocalError(f"PORT_OFFSET is {text!r}; it can be a number from 0 to {highest}.")
    return int(text)
