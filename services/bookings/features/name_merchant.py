"""Name an operator's account at a payment provider, to which its visitors pay."""

from datetime import datetime
from typing import Annotated, Final, Literal
from uuid import UUID

from aiohttp import web
from pydantic import Field

from services.bookings.paths import MerchantPath
from shared.db import fetch_one, transaction
from shared.http.access import Caller, may
from shared.http.keys import DATABASE
from shared.http.models import Body, Reply
from shared.http.route import route
from shared.messaging import audit


class NameMerchant(Body):
    """The account: `sub_mchid` at WeChat Pay, the secondary merchant id (`smid`) at Alipay."""

    merchant: Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{1,64}$")]


class MerchantView(Reply):
    """An operator's account at a payment provider."""

    organisation_id: UUID
    method: Literal["wechatpay", "alipay"]
    merchant: str
    named_at: datetime


NAME: Final = """
insert into merchants (organisation_id, method, merchant)
values ($1, $2, $3)
on conflict on constraint merchants_pkey do update
set merchant = excluded.merchant, named_at = now()
returning organisation_id, method, merchant, named_at
"""


@route(
    "PUT", "/v1/organisations/{organisation_id}/merchants/{method}", access=may("merchant.change")
)
async def name_merchant(
    request: web.Request, caller: Caller, path: MerchantPath, body: NameMerchant
) -> MerchantView:
    """Name the account to which an operator is paid from now on.

    The provider has checked whose it is; the platform can't. Payments that were begun before keep
    the account that they began with. An order can be paid by a method at which all of its
    operators have an account.
    """
    async with transaction(request.app[DATABASE]) as conn:
        view = await fetch_one(
            conn, MerchantView, NAME, path.organisation_id, path.method, body.merchant
        )
        await audit.record(
            conn,
            caller,
            action="merchant.named",
            subject=path.organisation_id,
            details={"method": path.method},
        )
    return view
