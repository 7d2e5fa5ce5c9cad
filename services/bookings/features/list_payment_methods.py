"""List in which ways orders can be paid here."""

from aiohttp import web

from services.bookings.keys import PROVIDERS
from services.bookings.views import PaymentMethod
from shared.http.access import may
from shared.http.models import Page, Reply
from shared.http.route import route


class PaymentMethodView(Reply):
    """A way to pay. `in_advance` is at a provider's page, before the visit."""

    method: PaymentMethod
    in_advance: bool


@route("GET", "/v1/payment-methods", access=may("public.read"))
async def list_payment_methods(request: web.Request) -> Page[PaymentMethodView]:
    """List the ways to pay.

    What an order accepts of them follows from its `accepted_payment`: `free` only the first,
    `on_site` the second and those in advance, `online` those in advance.
    """
    methods: list[tuple[PaymentMethod, bool]] = [("free", False), ("on_site", False)]
    methods += [(method, True) for method in request.app[PROVIDERS]]
    return Page[PaymentMethodView](
        items=[PaymentMethodView(method=method, in_advance=early) for method, early in methods]
    )
