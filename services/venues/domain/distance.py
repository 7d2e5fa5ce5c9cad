"""How far two points on the map are apart."""

from math import asin, cos, radians, sin, sqrt
from typing import Final

EARTH_RADIUS_KM: Final = 6371.0


def kilometres(here: tuple[float, float], there: tuple[float, float]) -> float:
    """Return the distance as the crow flies between two points: latitude, longitude in degrees."""
    (south, west), (north, east) = (
        (radians(here[0]), radians(here[1])),
        (radians(there[0]), radians(there[1])),
    )
    half = sin((north - south) / 2) ** 2 + cos(south) * cos(north) * sin((east - west) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * asin(sqrt(min(half, 1)))
