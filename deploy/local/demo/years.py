"""Years whose holidays nobody has decreed yet: the demo goes on, with days of its own making."""

from datetime import date, timedelta
from typing import Final

from deploy.local.demo.api import Api, Json, Person
from services.venues.bundled_calendars import SOURCES
from shared.http.client import ProblemAnswer

# It says what it is: nobody may take it for the State Council's notice.
SOURCE: Final = "演示数据，非国务院通知（仅含日期固定的法定节假日）"
FIXED: Final = (
    ((1, 1), "元旦", "New Year's Day"),
    ((5, 1), "劳动节", "Labour Day"),
    ((5, 2), "劳动节", "Labour Day"),
    ((10, 1), "国庆节", "National Day"),
    ((10, 2), "国庆节", "National Day"),
    ((10, 3), "国庆节", "National Day"),
)


async def enter_unknown_years(api: Api, office: Person, today: date, weeks: int) -> None:
    """Enter the years of the coming weeks that neither the service nor anybody else knows.

    Nothing can be booked in an unknown year, and a demo that stops in December helps nobody.
    """
    for year in {today.year, (today + timedelta(weeks=weeks)).year} - SOURCES.keys():
        try:
            await api.call("venues", "GET", "/v1/calendar", params={"year": year})
        except ProblemAnswer as problem:
            if problem.code != "calendar_year_unknown":
                raise
            path = f"/v1/calendars/{year}"
            await api.call("venues", "PUT", path, made_up(year), by=office)


def made_up(year: int) -> Json:
    """Return a year with the holidays that the law puts on fixed days, labelled as no notice."""
    days = [
        {
            "day": date(year, month, day).isoformat(),
            "day_type": "holiday",
            "name": {"zh": zh, "en": en},
        }
        for (month, day), zh, en in FIXED
    ]
    return {"source": SOURCE, "days": days}
