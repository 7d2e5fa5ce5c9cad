"""The list of what was revoked, as accounts publishes it to our services."""

from typing import Final

from aiohttp import hdrs

from shared.core.errors import Unavailable
from shared.http.client import ProblemAnswer, ServiceClient
from shared.http.revocations import ANSWER_SECONDS, RevocationList

PATH: Final = "/v1/revocations"
NOT_MODIFIED: Final = 304


class PublishedRevocations:
    """Fetches the list from accounts, and no more than its ETag where it has not changed."""

    def __init__(self, accounts: ServiceClient) -> None:
        self._accounts = accounts
        self._etag = ""

    async def __call__(self) -> RevocationList | None:
        """Return the list, or None where it is as it was. Raises Unavailable."""
        known = {"If-None-Match": self._etag} if self._etag else {}
        try:
            answer = await self._accounts.exchange(
                "GET", PATH, headers=known, seconds=ANSWER_SECONDS
            )
        except ProblemAnswer as problem:
            if problem.status == NOT_MODIFIED:
                return None
            raise Unavailable from problem
        fetched = RevocationList.model_validate_json(answer.body)
        self._etag = answer.headers.get(hdrs.ETAG, "")
        return fetched
