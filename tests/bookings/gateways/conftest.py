"""Both gateways, running on 127.0.0.1, and our providers pointed at them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from services.bookings.payments.alipay import Alipay
from services.bookings.payments.gateway_settings import AlipaySettings, WechatPaySettings
from services.bookings.payments.wechatpay import WechatPay
from shared.core.clock import SystemClock
from tests.bookings.gateways import fake_alipay, wechatpay_words
from tests.bookings.gateways.fake_alipay import FakeAlipay
from tests.bookings.gateways.fake_wechatpay import FakeWechatPay
from tests.bookings.gateways.faults import Faults
from tests.bookings.gateways.keys import KeyPair


@pytest.fixture(scope="session")
def our_key() -> KeyPair:
    return KeyPair.make()


@pytest.fixture(scope="session")
def their_key() -> KeyPair:
    return KeyPair.make()


@pytest.fixture(scope="session")
def other_key() -> KeyPair:
    return KeyPair.make()


@pytest.fixture
async def fake_wechat(
    our_key: KeyPair, their_key: KeyPair, other_key: KeyPair
) -> AsyncIterator[tuple[FakeWechatPay, str]]:
    fake = FakeWechatPay(our_key, their_key, other_key)
    async with _serving(fake.app(), fake.faults) as server:
        yield fake, str(server.make_url(""))


@pytest.fixture
def wechat_settings(
    fake_wechat: tuple[FakeWechatPay, str], our_key: KeyPair, their_key: KeyPair
) -> WechatPaySettings:
    return WechatPaySettings(
        gateway_url=fake_wechat[1],
        app_id=wechatpay_words.APP_ID,
        merchant=wechatpay_words.MERCHANT,
        certificate_serial=wechatpay_words.CERTIFICATE_SERIAL,
        private_key=SecretStr(our_key.private_pem),
        api_key=SecretStr(wechatpay_words.API_KEY),
        public_key=their_key.public_pem,
        public_key_id=wechatpay_words.PUBLIC_KEY_ID,
        timeout_seconds=5,
    )


@pytest.fixture
def wechat_gateway(fake_wechat: tuple[FakeWechatPay, str]) -> FakeWechatPay:
    return fake_wechat[0]


@pytest.fixture
async def wechat(wechat_settings: WechatPaySettings) -> AsyncIterator[WechatPay]:
    provider = WechatPay(wechat_settings, SystemClock())
    yield provider
    await provider.aclose()


@pytest.fixture
async def fake_alipay_server(
    our_key: KeyPair, their_key: KeyPair
) -> AsyncIterator[tuple[FakeAlipay, str]]:
    fake = FakeAlipay(our_key, their_key)
    async with _serving(fake.app(), fake.faults) as server:
        yield fake, str(server.make_url("/gateway.do"))


@pytest.fixture
def alipay_settings(
    fake_alipay_server: tuple[FakeAlipay, str], our_key: KeyPair, their_key: KeyPair
) -> AlipaySettings:
    return AlipaySettings(
        gateway_url=fake_alipay_server[1],
        app_id=fake_alipay.APP_ID,
        partner=fake_alipay.PARTNER,
        private_key=SecretStr(our_key.private_pem),
        public_key=their_key.public_pem,
        timeout_seconds=5,
    )


@pytest.fixture
def alipay_gateway(fake_alipay_server: tuple[FakeAlipay, str]) -> FakeAlipay:
    return fake_alipay_server[0]


@pytest.fixture
async def alipay(alipay_settings: AlipaySettings) -> AsyncIterator[Alipay]:
    provider = Alipay(alipay_settings, SystemClock())
    yield provider
    await provider.aclose()


@asynccontextmanager
async def _serving(app: web.Application, faults: Faults) -> AsyncIterator[TestServer]:
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    try:
        yield server
    finally:
        faults.over.set()
        await server.close()
