"""What many pages ask another service for: read once, and then asked for by its tag.

It is as fresh as what is sent whole, because the service is asked each time; but what has not
changed is neither sent nor read again.
"""

from collections import OrderedDict
from typing import Final, Generic, NamedTuple, TypeVar

from aiohttp import hdrs
from pydantic import BaseModel

from shared.http.client import ProblemAnswer, ServiceClient
from shared.http.query_pairs import Parameters, query_pairs

# Each may be some hundred kilobytes.
MOST_KNOWN: Final = 32
NOT_MODIFIED: Final = 304

Answer = TypeVar("Answer", bound=BaseModel)
Question = tuple[tuple[str, str], ...]


class _Known(NamedTuple, Generic[Answer]):
    tag: str
    answer: Answer


class KnownAnswers(Generic[Answer]):
    """The answers of one public route, by their questions. `model` is frozen: readers share it."""

    def __init__(
        self, client: ServiceClient, path: str, model: type[Answer], most: int = MOST_KNOWN
    ) -> None:
        self._client = client
        self._path = path
        self._model = model
        self._most = most
        self._known: OrderedDict[Question, _Known[Answer]] = OrderedDict()

    async def get(self, params: Parameters) -> Answer:
        """Return what the service answers now. Raises ProblemAnswer or Unavailable."""
        question = tuple(query_pairs(params))
        known = self._known.get(question)
        try:
            sent = await self._client.exchange(
                "GET",
                self._path,
                params=params,
                headers={} if known is None else {hdrs.IF_NONE_MATCH: known.tag},
            )
        except ProblemAnswer as problem:
            if known is None or problem.status != NOT_MODIFIED:
                raise
        else:
            known = _Known(
                sent.headers.get(hdrs.ETAG, ""), self._model.model_validate_json(sent.body)
            )
        self._keep(question, known)
        return known.answer

    def _keep(self, question: Question, known: _Known[Answer]) -> None:
        """Keep what has a tag; what was longest not asked for gives way."""
        if not known.tag:
            return
        self._known[question] = known
        self._known.move_to_end(question)
        if len(self._known) > self._most:
            self._known.popitem(last=False)
