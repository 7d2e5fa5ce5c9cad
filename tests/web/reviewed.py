"""Photos and reviews as the venues service tells of them."""

from typing import Any

from tests.web.district import Json, both, example_id

DIGEST = "ab" * 32
LINE, REVIEWED_LINE, REVIEW = (example_id(n) for n in (901, 902, 903))
HOSTILE = '<script>alert(1)</script> <img src=x onerror="alert(2)"> javascript:alert(3)'


def photo(number: int, **changes: Any) -> Json:
    return {
        "photo_id": example_id(910 + number),
        "offering_id": None,
        "alt": both(f"窑前的第 {number} 张", f"Picture {number} of the kiln"),
        "credit": None,
        "digest": DIGEST,
        "width": 1280,
        "height": 853,
        "colour": "#3a7d44",
        "sources": {kind: [320, 640, 1280] for kind in ("avif", "webp", "jpeg")},
        **changes,
    }


def review(**changes: Any) -> Json:
    return {
        "review_id": REVIEW,
        "venue_id": example_id(22),
        "offering_id": example_id(32),
        "rating": 4,
        "text": "泥巴很听话，老师也耐心。",
        "language": "zh",
        "visited_in": "2026-10",
        "written_at": "2026-10-20T10:00:00+08:00",
        "edited_at": None,
        "answer": {
            "text": "谢谢，下次见！",
            "answered_at": "2026-10-21T10:00:00+08:00",
            "edited_at": None,
        },
        "state": "shown",
        "hidden_because": None,
        "version": 2,
        **changes,
    }


RATING = {"count": 7, "average": 4.4, "hidden": 1}
REVIEWS = {
    "items": [review()],
    "next": "older",
    "rating": {**RATING, "distribution": {"1": 0, "2": 0, "3": 1, "4": 2, "5": 4}},
}


def visit(line_id: str, **changes: Any) -> Json:
    return {
        "line_id": line_id,
        "order_id": example_id(500),
        "venue_id": example_id(22),
        "offering_id": example_id(32),
        "venue_name": both("老窑陶坊", "Old Kiln Pottery"),
        "day": "2026-11-14",
        "checked_in_at": "2026-11-14T14:00:00+08:00",
        "reviewable_until": "2027-02-12T14:00:00+08:00",
        "review_id": None,
        **changes,
    }


VISITS = {"items": [visit(LINE), visit(REVIEWED_LINE, review_id=REVIEW)], "next": None}
