"""A small district, as the venues and bookings services tell of it."""

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
            "自驾：导航到村口停车场，周末 8 点后车位紧张。\n"
            "公交：地铁 1 号线霞浦站下，换乘 782 路到终点。",
            "By car: the car park at the village gate; it fills up after eight at weekends.\n"
            "By bus: metro line 1 to Xiapu, then bus 782 to its last stop.",
        ),
        "location": {"lat": 29.87, "lon": 121.79},
        "day_capacity": 800,
        "a_field_of_next_year": True,
    }


STORY = both(
    "溪水从太白山脚流下来，绕村一圈，才肯往海里去。"
    "老人说，嘉溪人早上起来第一件事，是听水声猜今天的天气。\n\n"
    "前几年，几个在城里做设计的年轻人回来，把空了的晒谷场收拾成营地，把老祠堂旁的柴房改成陶坊。",
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
                    "options": {},
                    "fits": left >= needed,
                }
                for hour in ((15,) if stay else HOURS[number])
            )
        day += timedelta(days=1)
    return found
