"""Who may do what: the one table of permissions.

A route names one permission, and the roles beside it are all that may call the route: a role
that is not listed is refused, and a permission that is not listed can't be named. The roles of an
organisation hold for its own venues and orders only, perhaps for some of its venues: which object
is whose is asked with `Caller.may` where the object is found. Some acts are worth more than a
session that somebody left open: they need a second factor that was shown a moment ago
(docs/adr/0027). docs/access.md is generated from this table.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

# Everybody, with or without a token.
ANYONE: Final = "anyone"
# Everybody who has signed in.
VISITOR: Final = "visitor"
# A village's helper and a company's organiser also book for others.
HELPER: Final = "helper"
ORGANISER: Final = "organiser"
# In an organisation that runs venues.
OWNER: Final = "owner"
MANAGER: Final = "manager"
GATE: Final = "gate"
ACCOUNTANT: Final = "accountant"
# In the tourism office.
VIEWER: Final = "office_viewer"
APPROVER: Final = "office_approver"
DIRECTOR: Final = "office_director"

ORGANISATION_ROLES: Final = (OWNER, MANAGER, GATE, ACCOUNTANT)
OFFICE_ROLES: Final = (VIEWER, APPROVER, DIRECTOR)
BOOKING_ROLES: Final = (HELPER, ORGANISER)
PEOPLE_ROLES: Final = (VISITOR, *BOOKING_ROLES, *ORGANISATION_ROLES, *OFFICE_ROLES)
SERVICE_PREFIX: Final = "service:"

# How long ago a second factor may have been shown for what needs a fresh one.
FRESH_MINUTES: Final = 10

_RUNNING: Final = (OWNER, MANAGER)
_MONEY: Final = (OWNER, ACCOUNTANT)
_DECIDING: Final = (APPROVER, DIRECTOR)


class Permission(NamedTuple):
    """What somebody may do, in a sentence, and the roles that may.

    What is `fresh` and more than reading needs a second factor of the last `FRESH_MINUTES`.
    """

    does: str
    roles: frozenset[str]
    fresh: bool = False


def _to(does: str, *roles: str) -> Permission:
    return Permission(does, frozenset(roles))


def _freshly_to(does: str, *roles: str) -> Permission:
    return Permission(does, frozenset(roles), fresh=True)


def _services(*names: str) -> tuple[str, ...]:
    return tuple(SERVICE_PREFIX + name for name in names)


PERMISSIONS: Final[Mapping[str, Permission]] = MappingProxyType(
    {
        # Everybody.
        "public.read": _to("Read what is published.", ANYONE),
        "sign_in": _to("Sign in, and stay signed in.", ANYONE),
        "order.quote": _to("Ask what an order would cost.", ANYONE),
        "order.look_up": _to("Find an order by its code and a phone's last digits.", ANYONE),
        "payment.callback": _to("Report a payment, signed by its provider.", ANYONE),
        # Everybody who has signed in, about what is their own.
        "account.own": _to("See and change the own account.", VISITOR),
        "order.place": _to("Book, and wait for places.", VISITOR),
        "order.own": _to("See, pay, change and cancel own orders.", VISITOR),
        "order.read": _to(
            "Read an order: its buyer, and the service that writes to them.",
            VISITOR,
            *_services("notifications"),
        ),
        "delivery.read": _to(
            "Read what was sent: to oneself; the office, to anybody, without addresses.",
            VISITOR,
            *OFFICE_ROLES,
            *_services("accounts", "bookings", "web"),
        ),
        "review.write": _to("Review a venue after a visit.", VISITOR),
        "review.read_trace": _to(
            "Read what happened to a review: its author, its venue, the office.", VISITOR
        ),
        "organisation.create": _to("Register an organisation, and own it.", VISITOR),
        "order.place_for_others": _to("Book for somebody else, on the record.", *BOOKING_ROLES),
        # The people of an organisation, about what is theirs.
        "organisation.read": _to(
            "See organisations: the own ones, the office all.", *ORGANISATION_ROLES, *OFFICE_ROLES
        ),
        "member.manage": _freshly_to(
            "Say who works for the organisation, and as what; the office, where no owner can.",
            OWNER,
            DIRECTOR,
        ),
        "member.contact": _freshly_to("Read how to reach a colleague, on the record.", OWNER),
        "api_key.manage": _freshly_to("See and make API keys of the organisation.", OWNER),
        # Whoever finds a key in strange hands ends it at once.
        "api_key.end": _to("End API keys of the organisation.", OWNER),
        "venue.create": _to("Enter a venue.", *_RUNNING),
        "venue.change": _to("Change a venue.", *_RUNNING),
        "venue.submit": _to("Submit a venue to the office.", *_RUNNING),
        "venue.pause": _to("Take a venue off sale and back on.", *_RUNNING),
        "venue.archive": _to("Archive a venue, or restore it.", OWNER),
        "venue.read": _to(
            "See a venue in every state, with its history.", *ORGANISATION_ROLES, *OFFICE_ROLES
        ),
        "offering.change": _to("Enter and change offerings.", *_RUNNING),
        "schedule.change": _to("Set when an offering takes place.", *_RUNNING),
        "photo.change": _to("Add, order and remove photos.", *_RUNNING),
        "licence.read": _to(
            "Read licences and their documents: own ones, the office all.",
            *_RUNNING,
            *OFFICE_ROLES,
        ),
        "licence.change": _to("Enter and renew licences.", *_RUNNING),
        "closure.enter": _to(
            "Close: an operator an own venue, the office an area by a proposal.",
            *_RUNNING,
            *_DECIDING,
        ),
        "closure.read": _to(
            "Read closures: operators their own, the office all.",
            *ORGANISATION_ROLES,
            *OFFICE_ROLES,
        ),
        "closure.venue": _to("Close an own venue, and reopen it.", *_RUNNING),
        "review.answer": _to("Answer a review.", *_RUNNING),
        "feed.change": _to("Read another channel's calendar.", *_RUNNING),
        "arrivals.read": _to("See who is expected and who is inside.", *_RUNNING, GATE),
        "gate.check_in": _to("Let people in by their tickets.", *_RUNNING, GATE),
        "cash.record": _to("Record cash that was paid at the venue.", *_RUNNING, GATE),
        "order.serve": _to("Find and cancel bookings of the venue.", *_RUNNING),
        "statement.read": _to("Read what money is due.", *_MONEY),
        # The tourism office.
        "organisation.register_for_others": _to(
            "Register organisations for others, without owning them.", *_DECIDING
        ),
        "district.change": _freshly_to("Enter a district, and set its rules.", DIRECTOR),
        "village.change": _to("Enter villages, and set what they carry.", *_DECIDING),
        "calendar.change": _to("Enter which days are off.", *_DECIDING),
        "venue.decide": _to("Approve and reject listings and their changes.", *_DECIDING),
        "licence.decide": _to("Confirm and refuse licences.", *_DECIDING),
        "closure.order": _to("Propose to close an area, and reopen it.", *_DECIDING),
        "closure.approve": _freshly_to(
            "Approve or reject what somebody else proposed to close.", *_DECIDING
        ),
        "review.moderate": _to("Hide a review for a reason, and restore it.", *_DECIDING),
        "refund.retry": _to("Send a refund again that failed.", *_DECIDING),
        "merchant.change": _freshly_to(
            "Name an operator's account at a payment provider.", DIRECTOR
        ),
        "record.import": _freshly_to("Take over records from before the platform.", *_DECIDING),
        "statistics.read": _to("Read figures.", *OFFICE_ROLES),
        "audit.read": _to("Read what the office did.", *OFFICE_ROLES),
        "role.manage": _freshly_to("Say who works for the office or books for others.", DIRECTOR),
        "account.close": _freshly_to(
            "Deactivate an account, let it back in, erase a closed one, and reset the second "
            "factors of somebody who has lost them.",
            DIRECTOR,
        ),
        # Our own services.
        "service.token": _to("Exchange a service's secret for its token.", ANYONE),
        "service.contact": _to(
            "Read how to reach a person.", *_services("notifications", "bookings")
        ),
        "service.organisation_contacts": _to(
            "Read how to reach who runs an organisation.", *_services("notifications")
        ),
        "service.login_message": _to(
            "Have a code sent, or a notice about an account.", *_services("accounts")
        ),
        "service.person_data": _to("Read all that is held about a person.", *_services("accounts")),
        "service.affected_orders": _to(
            "Ask which orders a change would touch.", *_services("venues")
        ),
        "service.revocations": _to(
            "Ask which tokens are good no longer.",
            *_services("venues", "bookings", "notifications", "statistics", "web"),
        ),
    }
)
