"""What the other services answer, in the shapes of their APIs: a small district."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from shared.core.clock import SHANGHAI

Json = dict[str, Any]

NOW = datetime(2026, 11, 26, 2, 0, tzinfo=UTC)  # a Thursday, ten in the morning in the villages
SATURDAY = date(2026, 11, 28)


def example_id(number: int) -> str:
    """Return the same id for the same number."""
    return str(UUID(int=0x0190_0000_0000_7000_8000_0000_0000_0000 + number))


OURS, OTHERS = example_id(900), example_id(901)
ACCOUNT = example_id(999)


def both(zh: str, en: str) -> Json:
    return {"zh": zh, "en": en}


def at(day: date, hour: int, minute: int = 0) -> str:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=SHANGHAI).isoformat()


def village(number: int, slug: str, zh: str, en: str, story: Json) -> Json:
    return {
        "village_id": example_id(number),
        "district_id": example_id(1),
        "slug": slug,
        "name": both(zh, en),
        "subdistrict": both("大碶街道", "Daqi subdistrict"),
        "story": story,
        "how_to_get_there": both(
            "自驾：导航到村口停车场，周末 8 点后车位紧张。\n公交：地铁 1 号线霞浦站下，换乘 782 路到终点。",
            "By car: the car park at the village gate; it fills up after eight at weekends.\n"
            "By bus: metro line 1 to Xiapu, then bus 782 to its last stop.",
        ),
        "location": {"lat": 29.87, "lon": 121.79},
        "day_capacity": 800,
        "a_field_of_next_year": True,
    }


STORY = both(
    "溪水从太白山脚流下来，绕村一圈，才肯往海里去。老人说，嘉溪人早上起来第一件事，是听水声猜今天的天气。\n\n"
    "前几年，几个在城里做设计的年轻人回来，把空了的晒谷场收拾成营地，把老祠堂旁的柴房改成陶坊。",  # noqa: E501, RUF001 - a text as people write it
    "The stream comes down from the foot of Mount Taibai and goes once around the village before "
    "it consents to run to the sea.\n\nA few years ago some young designers came home, turned the "
    "old threshing ground into a campsite and a woodshed into a pottery.",
)
VILLAGES = [
    village(11, "jiaxi", "嘉溪村", "Jiaxi", STORY),
    village(12, "xinlu", "新路村", "Xinlu", STORY),
    village(13, "yanhe", "岩河里", "Yanheli", STORY),
    village(14, "chaiqiao", "柴桥", "Chaiqiao", STORY),
]


def offering(number: int, venue: int, in_village: int, kind: str, **changes: Any) -> Json:
    stay = kind == "stay"
    return {
        "offering_id": example_id(number),
        "venue_id": example_id(venue),
        "village_id": example_id(in_village),
        "organisation_id": OURS,
        "slug": f"offering-{number}",
        "kind": kind,
        "name": both("溪边营位", "Pitch by the stream"),
        "description": both(
            "自带帐篷，或租一顶。傍晚有柴火，夜里听得见溪水。", "Bring your tent or rent one."
        ),
        "prices": [{"ticket_type": "pitch", "fen": 16800}]
        if stay
        else [{"ticket_type": "adult", "fen": 12800}, {"ticket_type": "child", "fen": 8800}],
        "price_from_fen": 16800 if stay else 8800,
        "payment": "on_site",
        "persons_per_unit": 4 if stay else None,
        "duration_minutes": None if stay else 120,
        "on_sale": True,
        "version": 1,
        **changes,
    }


def venue(number: int, in_village: int, slug: str, name: Json, **changes: Any) -> Json:
    place = VILLAGES[in_village - 11]
    return {
        "venue_id": example_id(number),
        "organisation_id": OURS,
        "village": {key: place[key] for key in ("village_id", "slug", "name")},
        "slug": slug,
        "name": name,
        "summary": both("村口第三座桥旁，带狗也欢迎", "By the third bridge; dogs are welcome"),
        "description": both(
            "一间老屋，一个院子。主人小林在景德镇学了六年，回村开了这间铺子。",
            "An old house and its yard. Lin learned in Jingdezhen for six years, then came home.",
        ),
        "address": both("大碶街道嘉溪村 12 号", "12 Jiaxi, Daqi"),
        "day_capacity": 60,
        "state": "published",
        "kinds": ["session"],
        "offerings": [],
        "version": 3,
        **changes,
    }


CAMP, POTTERY, TEA, LATTE = (example_id(n) for n in (31, 32, 33, 34))
VENUES = [
    venue(
        21,
        11,
        "bamboo-stream-camp",
        both("竹溪营地", "Bamboo Stream Camp"),
        kinds=["stay", "session"],
        offerings=[
            offering(31, 21, 11, "stay"),
            offering(
                35,
                21,
                11,
                "session",
                name=both("夜观昆虫", "Insects at night"),
                prices=[{"ticket_type": "adult", "fen": 3000}],
                price_from_fen=3000,
            ),
        ],
    ),
    venue(
        22,
        11,
        "old-kiln-pottery",
        both("老窑陶坊", "Old Kiln Pottery"),
        summary=both("捏一只自己的杯子，烧好寄到家", "Make your own cup; we fire and send it"),
        offerings=[
            offering(32, 22, 11, "session", name=both("亲子拉坯", "Throwing for families")),
        ],
    ),
    venue(
        23,
        12,
        "terrace-tea-cafe",
        both("半山茶咖", "Halfway Café"),
        summary=both("看得见海的茶园里喝一杯", "A cup among the tea, with a view of the sea"),
        offerings=[
            offering(33, 23, 12, "session", name=both("采茶与炒青", "Picking and roasting tea")),
            offering(34, 23, 12, "session", name=both("手冲咖啡课", "Brewing coffee by hand")),
        ],
    ),
    venue(
        24,
        13,
        "riverside-book-market",
        both("岩河里书香市集", "Yanhe Book Market"),
        summary=both("旧书摊、说书人、一碗桂花酒酿", "Old books, a storyteller, sweet rice wine"),
        organisation_id=OTHERS,
        offerings=[
            offering(
                36,
                24,
                13,
                "session",
                name=both("傍晚逛市集", "An evening at the market"),
                prices=[{"ticket_type": age, "fen": 0} for age in ("adult", "child", "senior")],
                price_from_fen=0,
                payment="free",
                duration_minutes=180,
            ),
        ],
    ),
]
OFFERINGS = {one["offering_id"]: one for place in VENUES for one in place["offerings"]}
# What is left each day, by offering.
LEFT = {31: 3, 35: 12, 32: 1, 33: 9, 34: 0, 36: 140}
HOURS = {35: (19,), 32: (10, 14), 33: (9,), 34: (15,), 36: (17,)}


def slots(offering_ids: list[str], first: date, last: date, party: int) -> list[Json]:
    """Return what bookings says: a night or some hours on every day."""
    found: list[Json] = []
    day = first
    while day <= last:
        for number, left in LEFT.items():
            if example_id(number) not in offering_ids:
                continue
            stay = OFFERINGS[example_id(number)]["kind"] == "stay"
            needed = -(-party // 4) if stay else party
            found.extend(
                {
                    "offering_id": example_id(number),
                    "slot_id": example_id(10_000 + number),
                    "day": day.isoformat(),
                    "starts_at": at(day, hour),
                    "ends_at": at(day + timedelta(days=1), 12) if stay else at(day, hour + 2),
                    "left": left,
                    "fits": left >= needed,
                }
                for hour in ((15,) if stay else HOURS[number])
            )
        day += timedelta(days=1)
    return found


def line(number: int, offering_number: int, **changes: Any) -> Json:
    one = OFFERINGS[example_id(offering_number)]
    place = next(v for v in VENUES if v["venue_id"] == one["venue_id"])
    stay = one["kind"] == "stay"
    return {
        "line_id": example_id(number),
        "offering_id": one["offering_id"],
        "venue_id": one["venue_id"],
        "village_id": one["village_id"],
        "kind": one["kind"],
        "name": one["name"],
        "venue_name": place["name"],
        "village_name": place["village"]["name"],
        "address": place["address"],
        "day": SATURDAY.isoformat(),
        "nights": 1 if stay else 0,
        "starts_at": at(SATURDAY, 15 if stay else 10),
        "ends_at": at(SATURDAY + timedelta(days=1), 12) if stay else at(SATURDAY, 12),
        "tickets": {"adult": 2, "child": 1},
        "persons": 3,
        "units": 1 if stay else 3,
        "price_fen": 16800 if stay else 34400,
        "state": "kept",
        **changes,
    }


def order(number: int = 500, **changes: Any) -> Json:
    return {
        "order_id": example_id(number),
        "code": "7K4Q-M2XP",
        "state": "confirmed",
        "total_fen": 51200,
        "payment_method": "on_site",
        "placed_at": NOW.isoformat(),
        "hold_expires_at": None,
        "confirmed_at": NOW.isoformat(),
        "cancelled_at": None,
        "contact_name": "林小满",
        "lines": [line(601, 32), line(602, 31)],
        "version": 1,
        **changes,
    }


def ticket(line_number: int, ordinal: int, **changes: Any) -> Json:
    return {
        "line_id": example_id(line_number),
        "ordinal": ordinal,
        "code": f"XY1.k1.{line_number:06d}{ordinal:02d}." + "Aq3_" * 24,
        "day": SATURDAY.isoformat(),
        "starts_at": at(SATURDAY, 10),
        "name": both("亲子拉坯", "Throwing for families"),
        "venue_name": both("老窑陶坊", "Old Kiln Pottery"),
        "admits": 1,
        "state": "valid",
        "used_at": None,
        **changes,
    }


TICKETS = [ticket(601, n) for n in (1, 2, 3)] + [ticket(602, 1, admits=3)]
ARRIVALS = {
    "items": [
        {
            "order_code": "7K4Q-M2XP",
            "contact_name": "林小满",
            "line_id": example_id(601),
            "offering_name": both("亲子拉坯", "Throwing for families"),
            "kind": "session",
            "starts_at": at(date(2026, 11, 26), 10),
            "nights": 0,
            "persons": 3,
            "units": 3,
            "payment_method": "on_site",
            "price_fen": 34400,
            "tickets": [
                {"ordinal": 1, "admits": 1, "used_at": NOW.isoformat()},
                {"ordinal": 2, "admits": 1, "used_at": None},
                {"ordinal": 3, "admits": 1, "used_at": None},
            ],
        }
    ],
    "expected": 3,
    "arrived": 1,
}
ME = {
    "account_id": ACCOUNT,
    "name": "林小满",
    "email": None,
    "phone": "+8613800000001",
    "language": "zh",
    "roles": ["visitor"],
    "organisations": [],
}


def session(**changes: Any) -> Json:
    return {
        "account_id": ACCOUNT,
        "access_token": "token-of-lin",
        "expires_at": (NOW + timedelta(minutes=15)).isoformat(),
        "session_token": "session-of-lin",
        "session_expires_at": (NOW + timedelta(days=30)).isoformat(),
        "roles": ["visitor"],
        "organisations": [],
        **changes,
    }


CHECK_IN = {
    "line_id": example_id(601),
    "ordinal": 2,
    "order_code": "7K4Q-M2XP",
    "contact_name": "林小满",
    "name": both("亲子拉坯", "Throwing for families"),
    "venue_name": both("老窑陶坊", "Old Kiln Pottery"),
    "day": "2026-11-26",
    "persons": 3,
    "checked_in_at": NOW.isoformat(),
}


def visits() -> Json:
    cells = [
        {
            "village_id": place["village_id"],
            "village_name": place["name"],
            "venue_id": None,
            "day": (date(2026, 11, 13) + timedelta(days=day)).isoformat(),
            "booked": None if (day + number) % 5 == 0 else 20 + (day * 37 + number * 53) % 160,
            "arrived": None if (day + number) % 5 == 0 else 15 + (day * 37 + number * 53) % 150,
            "suppressed": (day + number) % 5 == 0,
        }
        for day in range(14)
        for number, place in enumerate(VILLAGES)
    ]
    return {
        "items": cells,
        "definitions": {
            "booked": both("当天有有效预订的人次", "People with a standing booking on the day"),
            "arrived": both("其中已经核销入场的人次", "Those among them who were checked in"),
        },
        "complete_until": NOW.isoformat(),
    }
