"""The variable parts of this service's addresses."""

from typing import Literal
from uuid import UUID

from shared.contracts.bookings import OnlineMethod
from shared.http.models import Path


class OrderPath(Path):
    """An order."""

    order_id: UUID


class VenuePath(Path):
    """A venue."""

    venue_id: UUID


class LinePath(Path):
    """A line of an order."""

    line_id: UUID


class OrganisationPath(Path):
    """An organisation that runs venues."""

    organisation_id: UUID


class WaitlistEntryPath(Path):
    """An entry of the waiting list."""

    entry_id: UUID


class ProviderPath(Path):
    """A payment provider, by the method that orders name."""

    provider: OnlineMethod


class MerchantPath(Path):
    """An organisation's account at a payment provider."""

    organisation_id: UUID
    method: Literal["wechatpay", "alipay"]


class RefundPath(Path):
    """A refund."""

    refund_id: UUID


class ClosurePath(Path):
    """Names a closure."""

    closure_id: UUID


class ClosureNoticePath(ClosurePath):
    """Names a closure and somebody whom it meets."""

    account_id: UUID
