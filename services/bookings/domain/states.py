"""The life of an order and of a line's claims; the database refuses every other edge.

What expired comes back only by money that arrived late, where its places are still there. That
somebody came is sometimes known only after the order was closed as one to which nobody did.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

OrderState = Literal["held", "confirmed", "completed", "cancelled", "expired", "no_show"]
ClaimState = Literal["held", "kept", "released"]

ORDER_EDGES: Final[Mapping[OrderState, frozenset[OrderState]]] = MappingProxyType(
    {
        "held": frozenset({"confirmed", "cancelled", "expired"}),
        "confirmed": frozenset({"cancelled", "completed", "no_show"}),
        "completed": frozenset(),
        "cancelled": frozenset(),
        "expired": frozenset({"confirmed"}),
        "no_show": frozenset({"completed"}),
    }
)

CLAIM_EDGES: Final[Mapping[ClaimState, frozenset[ClaimState]]] = MappingProxyType(
    {
        "held": frozenset({"kept", "released"}),
        "kept": frozenset({"released"}),
        "released": frozenset({"kept"}),
    }
)
