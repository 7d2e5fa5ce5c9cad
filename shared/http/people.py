"""What every service answers when accounts asks for all that it holds about one person.

`GET /v1/people/{account_id}/data` is for accounts alone (docs/domain.md rule 14, PIPL article 45).
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final, TypeVar
from uuid import UUID

from pydantic import BaseModel, Field, JsonValue
from pydantic_core import to_jsonable_python

from shared.http.models import Path, Reply

# Of one kind; a person with more has the latest ones in the archive, and is told so.
MOST_ITEMS: Final = 5_000

Item = TypeVar("Item", bound=BaseModel | Mapping[str, Any])


class PersonPath(Path):
    """Whose data."""

    account_id: UUID


class PersonSection(Reply):
    """Everything of one kind; `is_complete` is false where there was more than fits."""

    name: Annotated[str, Field(pattern=r"^[a-z_]+$")]
    items: Annotated[list[dict[str, JsonValue]], Field(max_length=MOST_ITEMS)]
    is_complete: bool = True


class PersonData(Reply):
    """All that one service holds about a person, by kind."""

    service: str
    sections: list[PersonSection]


class PersonObligations(Reply):
    """What has to come to its end before a person can be forgotten."""

    live_orders: int


def person_section(name: str, items: Iterable[Item]) -> PersonSection:
    """Return a section of rows or models; ask for one more than `MOST_ITEMS` of them."""
    plain = [to_jsonable_python(_fields(item)) for item in items]
    return PersonSection(name=name, items=plain[:MOST_ITEMS], is_complete=len(plain) <= MOST_ITEMS)


def _fields(item: BaseModel | Mapping[str, Any]) -> BaseModel | dict[str, Any]:
    return item if isinstance(item, BaseModel) else dict(item)
