"""The services' APIs as the demo uses them: signed in like anybody, with a code from the inbox.

Whoever needs a second factor sets up an authenticator, whose secret stays in the stack's folder,
and shows it once more for what needs a fresh one.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from deploy.local.demo.authenticators import Authenticators
from deploy.local.errors import LocalError
from deploy.local.options import Options
from shared.http.client import HttpConnections, ProblemAnswer, ServiceClient

Json = dict[str, Any]

SECONDS: Final = 20.0
MAIL_WITHIN: Final = 5.0
_CODE: Final = re.compile(r"\b(\d{6})\b")


@dataclass(slots=True)
class Person:
    """Somebody who is signed in; a second factor that they show again gives them another token.

    `keep` is told of the session that the token then comes from.
    """

    contact: Json
    token: str
    account_id: str
    keep: Callable[[Json], Awaitable[None]] | None = None

    @property
    def name(self) -> str:
        """The address by which their authenticator is known."""
        return str(next(iter(self.contact.values())))


class Api:
    """All services of one stack, by name."""

    def __init__(self, options: Options, http: HttpConnections) -> None:
        self._clients = {
            name: ServiceClient(options.ports.url(name), http)
            for name in ("accounts", "venues", "bookings", "notifications", "statistics", "inbox")
        }
        self.authenticators = Authenticators(options.data_dir)
        self._stepping_up = asyncio.Lock()

    async def call(
        self,
        service: str,
        method: str,
        path: str,
        body: Json | None = None,
        *,
        by: Person | None = None,
        key: str | None = None,
        params: Json | None = None,
        if_match: int | None = None,
    ) -> Any:  # noqa: ANN401 - JSON is any of six types
        """Call a service and return the answer's JSON. Raises ProblemAnswer and Unavailable."""
        options: Any = {"seconds": SECONDS, "params": params or {}}
        if body is not None:
            options["json"] = body
        if by is not None:
            options["token"] = by.token
        if key is not None:
            options["idempotency_key"] = key
        if if_match is not None:
            options["if_match"] = if_match
        client = self._clients[service]
        try:
            answer = await client.exchange(method, path, **options)
        except ProblemAnswer as problem:
            if by is None or problem.code != "fresh_second_factor_needed":
                raise
            options["token"] = await self._step_up(by, options["token"])
            answer = await client.exchange(method, path, **options)
        return answer.json() if answer.body else None

    async def _step_up(self, person: Person, stale: str) -> str:
        """Show somebody's second factor once more, unless that was just done; return the token."""
        async with self._stepping_up:
            if person.token == stale:
                path = "/v1/sessions/second-factors"
                session = await self._show(person.name, person, path, "totp")
                person.token = session["access_token"]
                if person.keep is not None:
                    await person.keep(session)
            return person.token

    async def send(
        self, service: str, path: str, content: bytes, content_type: str, *, by: Person
    ) -> Any:  # noqa: ANN401 - JSON is any of six types
        """Put a file where a service takes one. Raises ProblemAnswer and Unavailable."""
        answer = await self._clients[service].exchange(
            "PUT", path, content=content, content_type=content_type, token=by.token, seconds=SECONDS
        )
        return answer.json() if answer.body else None

    async def download(self, service: str, path: str, *, by: Person) -> bytes:
        """Return a file that a service gives somebody. Raises ProblemAnswer and Unavailable."""
        client = self._clients[service]
        return (await client.exchange("GET", path, token=by.token, seconds=SECONDS)).body

    async def sign_in(self, contact: Json) -> Person:
        """Sign in with a one-time code, read from the development inbox."""
        session = await self.start_session(contact)
        return Person(contact, session["access_token"], session["account_id"])

    async def join(self, contact: Json) -> None:
        """Sign somebody in, and let them accept what they are invited to."""
        session = await self.start_session(contact)
        person = Person(contact, session["access_token"], session["account_id"])
        me = await self.call("accounts", "GET", "/v1/me", by=person)
        for invitation in me["invitations"]:
            path = f"/v1/me/memberships/{invitation['organisation_id']}/acceptances"
            await self.call("accounts", "POST", path, by=person)
        body = {"session_token": session["session_token"]}
        renewed = await self.call("accounts", "POST", "/v1/sessions/renewals", body)
        await self.with_second_factor(contact, renewed)

    async def start_session(self, contact: Json) -> Json:
        """Do the same and return the whole session."""
        earlier = {letter["id"] for letter in await self.letters(contact)}
        await self.call("accounts", "POST", "/v1/login-codes", contact)
        code = await self._code(contact, earlier)
        body = {**contact, "code": code, **await self._agreed()}
        session: Json = await self.call("accounts", "POST", "/v1/sessions", body)
        return await self.with_second_factor(contact, session)

    async def _agreed(self) -> Json:
        """Return what a newcomer agrees to and says at the first sign-in."""
        texts = (await self.call("accounts", "GET", "/v1/consent-texts"))["items"]
        version = next(one["version"] for one in texts if one["text"] == "privacy")
        return {"accepted_privacy_version": version, "fourteen_or_older": True}

    async def with_second_factor(self, contact: Json, session: Json) -> Json:
        """Return a session in which all rights of its person count."""
        person = Person(contact, session["access_token"], session["account_id"])
        name = person.name
        if session["second_factor"] == "to_enrol":
            path = "/v1/me/second-factors/totp"
            started = await self.call("accounts", "POST", path, by=person)
            await self.authenticators.keep(name, started["secret"])
            answer = await self._show(name, person, f"{path}/confirmations", "code")
            enrolled: Json = answer["session"]
            return enrolled
        if session["second_factor"] == "needed":
            return await self._show(name, person, "/v1/sessions/second-factors", "totp")
        return session

    async def _show(self, name: str, person: Person, path: str, member: str) -> Json:
        """Show a code of somebody's authenticator; the next one where it was just used up."""
        tries_left = 2
        while True:
            body = {member: await self.authenticators.code(name)}
            try:
                shown: Json = await self.call("accounts", "POST", path, body, by=person)
            except ProblemAnswer as problem:
                if problem.code != "second_factor_not_accepted" or not tries_left:
                    raise
                tries_left -= 1
            else:
                return shown

    async def letters(self, contact: Json) -> list[Json]:
        """Return what lies in somebody's inbox, newest first."""
        address = contact.get("email") or f"{contact['phone']}@sms.xiangyou.example"
        answer = await self.call("inbox", "GET", "/dev/inbox.json", params={"to": address})
        items: list[Json] = answer["items"]
        return items

    async def _code(self, contact: Json, earlier: set[str]) -> str:
        async with asyncio.timeout(MAIL_WITHIN):
            while True:
                for letter in await self.letters(contact):
                    if letter["id"] not in earlier and (found := _CODE.search(letter["text"])):
                        return found[1]
                await asyncio.sleep(0.02)


@asynccontextmanager
async def connected(options: Options) -> AsyncIterator[Api]:
    """Give the APIs of a running stack. A refusal that nobody expected ends as one sentence."""
    http = HttpConnections()
    try:
        yield Api(options, http)
    except ProblemAnswer as problem:
        raise LocalError(
            f"the stack refused: {problem} {problem.detail} {problem.params}"
        ) from None
    finally:
        await http.close()
