"""Which drawing stands for a venue or a village."""

from typing import Final

VILLAGES: Final = {
    "jiaxi": "village-jiaxi",
    "xinlu": "village-xinlu",
    "yanhe": "village-yanhe",
    "chaiqiao": "village-chaiqiao",
}
# Looked for in a venue's slug, in this order: a book café is a place for books first.
VENUES: Final = (
    (("camp", "tent", "glamp", "bamboo"), "camping"),
    (("book", "market", "fair", "reading"), "book-market"),
    (("pottery", "ceramic", "kiln", "clay", "studio", "workshop", "craft", "dye"), "pottery"),
    (("cafe", "coffee", "tea", "bakery", "kitchen"), "cafe"),
)
DEFAULT_VILLAGE: Final = "village-jiaxi"


def village_scene(slug: str) -> str:
    """Return the drawing of a village."""
    return next((scene for name, scene in VILLAGES.items() if name in slug), DEFAULT_VILLAGE)


def venue_scene(slug: str, kinds: list[str], village_slug: str) -> str:
    """Return the drawing of a venue: by its name, else by its kind, else that of its village."""
    for names, scene in VENUES:
        if any(name in slug for name in names):
            return scene
    return "camping" if kinds == ["stay"] else village_scene(village_slug)
