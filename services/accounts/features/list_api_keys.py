"""List an organisation's API keys."""

from uuid import UUID

from aiohttp import web

from services.accounts.api_keys import FIND_KEYS, ApiKeyView
from shared.core.errors import NotFound
from shared.db import acquire, fetch_all
from shared.http.access import Caller, may
from shared.http.keys import DATABASE
from shared.http.models import Page, Query
from shared.http.paging import Cursor, Limit, page_of, position_of
from shared.http.route import route


class ListApiKeys(Query):
    """Of which organisation, and which page."""

    organisation: UUID
    cursor: Cursor | None = None
    limit: Limit = 50


@route("GET", "/v1/api-keys", access=may("api_key.manage"), errors=(NotFound,))
async def list_api_keys(
    request: web.Request, caller: Caller, query: ListApiKeys
) -> Page[ApiKeyView]:
    """List an organisation's API keys, the newest first, with the time of their last use."""
    if not caller.may("api_key.manage", query.organisation):
        raise NotFound
    async with acquire(request.app[DATABASE]) as conn:
        found = await fetch_all(
            conn,
            ApiKeyView,
            FIND_KEYS,
            query.organisation,
            None,
            position_of(query.cursor),
            query.limit + 1,
        )
    items, following = page_of(found, query.limit, lambda key: key.key_id)
    return Page[ApiKeyView](items=items, next=following)
