"""The payment providers that this service was told of, by the names that orders choose."""

from collections.abc import AsyncIterator

from aiohttp import web

from services.bookings.keys import PROVIDERS, PUBLIC_URL, SITE_URL
from services.bookings.payments.provider import PaymentProvider
from services.bookings.payments.sandbox import Sandbox
from services.bookings.settings import BookingsSettings
from shared.contracts.bookings import OnlineMethod
from shared.core.secret_keys import key_bytes
from shared.http.keys import CLOCK, HTTP


def add_providers(app: web.Application, settings: BookingsSettings) -> None:
    """Give the application the providers that its settings name."""
    providers: dict[OnlineMethod, PaymentProvider] = {}
    if settings.sandbox_url:
        key = key_bytes(settings.sandbox_key)
        providers["sandbox"] = Sandbox(settings.sandbox_url, key, app[HTTP])
    # The libraries of the gateways take 25 MB, which only those pay who use them.
    if settings.wechatpay is not None:
        from services.bookings.payments.wechatpay import WechatPay  # noqa: PLC0415

        providers["wechatpay"] = WechatPay(settings.wechatpay, app[CLOCK])
    if settings.alipay is not None:
        from services.bookings.payments.alipay import Alipay  # noqa: PLC0415

        providers["alipay"] = Alipay(settings.alipay, app[CLOCK])
    app[PROVIDERS] = providers
    app[PUBLIC_URL] = settings.public_url
    app[SITE_URL] = settings.site_url
    app.cleanup_ctx.append(_closing)


async def _closing(app: web.Application) -> AsyncIterator[None]:
    yield
    for provider in app[PROVIDERS].values():
        await provider.aclose()


def notify_url(app: web.Application, method: OnlineMethod) -> str:
    """Return where a provider reports."""
    return f"{app[PUBLIC_URL]}/v1/payment-callbacks/{method}"
