"""What each kind of letter about an order says, before it is laid out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from services.notifications.deliveries import Kind
from services.notifications.gathering import Matter, Undeliverable
from services.notifications.mail.showing import Section, Showing
from services.notifications.mail.wording import Wording
from services.notifications.peers import Cancellation, Line, MetLine, Order
from shared.core.money import Money


@dataclass(frozen=True, slots=True)
class Content:
    """A letter in words, from top to bottom.

    `about` are the lines that its subject names, `words` what its subject, its introduction and
    its text message say besides; `lead` stands out.
    """

    about: Sequence[Line]
    sections: Sequence[Section]
    words: Mapping[str, str] = field(default_factory=dict)
    notices: Sequence[str] = ()
    lead: str = ""
    notes: Sequence[str] = ()
    hint: str = ""
    accent: Literal["tea", "clay"] = "tea"


def content_of(matter: Matter, wording: Wording, showing: Showing) -> Content:
    """Return what the letter says. Raises Undeliverable where its subject is unknown."""
    return CONTENTS[matter.kind](matter, wording, showing)


def _order_confirmed(matter: Matter, wording: Wording, showing: Showing) -> Content:
    order, say = matter.order, wording.say
    lines, words = _standing(order), {"payment": wording.payment(order)}
    if order.state == "cancelled":
        notices = [say("since.cancelled")]
        return Content(lines, [showing.section(lines)], words, notices)
    return Content(
        about=lines,
        sections=[showing.section(lines)],
        words=words,
        lead=wording.payment(order),
        notes=[say("order.show_tickets"), say("order.calendar")],
        hint=say("order_confirmed.hint"),
    )


def _order_cancelled(matter: Matter, wording: Wording, showing: Showing) -> Content:
    lines = _standing(matter.order)
    ids = {line.line_id for line in lines}
    cancelled = [one for one in matter.cancellations if one.line_id in ids]
    return Content(
        about=lines,
        sections=[showing.section(lines)],
        words={"refund": _refund_in_short(cancelled, wording)},
        notices=_reasons(cancelled, wording),
        lead=_refund(cancelled, wording),
        notes=_kept(cancelled, wording),
        hint=wording.say("order_cancelled.hint"),
        accent="clay",
    )


def _line_cancelled(matter: Matter, wording: Wording, showing: Showing) -> Content:
    gone, say = matter.line, wording.say
    cancelled = [one for one in matter.cancellations if one.line_id == gone.line_id]
    sections = [showing.section([gone], "line_cancelled.gone")]
    over = matter.order.state == "cancelled"
    if not over:
        sections.append(showing.section(matter.order.standing, "line_cancelled.rest"))
    return Content(
        about=[gone],
        sections=sections,
        words={"refund": _refund_in_short(cancelled, wording)},
        notices=[*_reasons(cancelled, wording), *([say("since.cancelled")] if over else [])],
        lead=_refund(cancelled, wording),
        notes=_kept(cancelled, wording),
        hint="" if over else say("line_cancelled.hint"),
        accent="clay",
    )


def _line_changed(matter: Matter, wording: Wording, showing: Showing) -> Content:
    order, new, say = matter.order, matter.line, wording.say
    earlier = order.line(new.replaces_line_id)
    stands = new.left_as is None and order.state != "cancelled"
    difference = _difference(matter, earlier or new, new, wording)
    sections = [showing.section([new], "line_changed.now")]
    if earlier is not None:
        sections.append(showing.section([earlier], "line_changed.before"))
    others = [line for line in order.standing if line is not new]
    if stands and others:
        sections.append(showing.section(others, "line_changed.others"))
    return Content(
        about=[new],
        sections=sections,
        words={"difference": difference},
        notices=[] if stands else [say("since.changed")],
        lead=difference,
        notes=[say("order.show_tickets"), say("order.calendar")] if stands else [],
    )


def _payment_refunded(matter: Matter, wording: Wording, showing: Showing) -> Content:
    order, refund = matter.order, matter.refund
    line = order.line(refund.line_id)
    lines = order.lines if line is None else [line]
    return Content(
        about=lines,
        sections=[showing.section(lines)],
        words={"amount": str(Money(refund.amount_fen))},
        lead=wording.say(f"payment_refunded.cause.{refund.cause}"),
    )


def _waitlist_offered(matter: Matter, wording: Wording, showing: Showing) -> Content:
    order, say = matter.order, wording.say
    lines = _standing(order)
    until = order.hold_expires_at
    is_open = order.state == "held" and until is not None
    moment = wording.moment(until) if until is not None else ""
    return Content(
        about=lines,
        sections=[showing.section(lines)],
        words={"until": say("waitlist_offered.until", moment=moment) if is_open else ""},
        notices=[] if is_open else [say("since.answered")],
        lead=wording.payment_due(order) if is_open else "",
        hint=say("waitlist_offered.hint") if is_open else "",
    )


def _closure(matter: Matter, wording: Wording, showing: Showing) -> Content:
    notice, say = matter.closure, wording.say
    if notice is None or not notice.lines:
        raise Undeliverable("closure_unknown")
    gone = [line for line in notice.lines if line.outcome == "cancelled"]
    begun = [line for line in notice.lines if line.outcome == "begun"]
    sections = [showing.section(gone, "closure.gone")] if gone else []
    if begun:
        sections.append(showing.section(begun, "closure.begun"))
    reason = notice.reason.text(wording.language)
    return Content(
        about=gone or begun,
        sections=sections,
        words={
            "reason": reason,
            "refund": _refund_of_met(gone, wording, ".short") if gone else say("closure.on_site"),
        },
        notices=[say(f"closure.by_{notice.ordered_by}"), say("cancelled.reason", reason=reason)],
        lead=_refund_of_met(gone, wording) if gone else "",
        notes=[say("closure.begun_hint")] if begun else [],
        hint=say("closure.hint") if gone else "",
        accent="clay",
    )


Compose = Callable[[Matter, Wording, Showing], Content]
CONTENTS: Final[Mapping[Kind, Compose]] = {
    "order_confirmed": _order_confirmed,
    "order_cancelled": _order_cancelled,
    "line_cancelled": _line_cancelled,
    "line_changed": _line_changed,
    "payment_refunded": _payment_refunded,
    "waitlist_offered": _waitlist_offered,
    "closure": _closure,
}


def _standing(order: Order) -> list[Line]:
    """Return the lines that a letter about a whole order shows."""
    return order.standing or order.lines


def _refund(cancelled: Sequence[Cancellation], wording: Wording) -> str:
    """Return what comes back for cancelled lines, to the fen."""
    amount = sum(one.refund_fen for one in cancelled)
    return wording.say(_refund_key(cancelled), amount=str(Money(amount)))


def _kept(cancelled: Sequence[Cancellation], wording: Wording) -> list[str]:
    """Return what does not come back, where something does."""
    fee = sum(one.fee_fen for one in cancelled)
    is_part = fee and any(one.refund_fen for one in cancelled)
    return [wording.say("refund.kept", fee=str(Money(fee)))] if is_part else []


def _refund_in_short(cancelled: Sequence[Cancellation], wording: Wording) -> str:
    amount = sum(one.refund_fen for one in cancelled)
    return wording.say(f"{_refund_key(cancelled)}.short", amount=str(Money(amount)))


def _refund_of_met(gone: Sequence[MetLine], wording: Wording, form: str = "") -> str:
    amount = sum(line.refund_fen for line in gone)
    return wording.say(f"{_refund_key(gone)}{form}", amount=str(Money(amount)))


def _refund_key(cancelled: Sequence[Cancellation] | Sequence[MetLine]) -> str:
    if all(one.percent is None for one in cancelled):
        return "refund.nothing_paid"
    return "refund.coming" if any(one.refund_fen for one in cancelled) else "refund.none"


def _reasons(cancelled: Sequence[Cancellation], wording: Wording) -> list[str]:
    """Return who cancelled and why, where it was not the visitor."""
    said: list[str] = []
    for one in cancelled:
        if one.cause == "visitor":
            continue
        said.append(wording.say(f"cancelled.by_{one.cause}"))
        if one.reason:
            said.append(wording.say("cancelled.reason", reason=one.reason))
    return list(dict.fromkeys(said))


def _difference(matter: Matter, earlier: Line, new: Line, wording: Wording) -> str:
    """Return what a change costs or gives back, and how."""
    order, more_fen = matter.order, new.price_fen - earlier.price_fen
    if more_fen == 0:
        return wording.say("change.same", price=wording.price(new.price_fen))
    back_fen = sum(
        one.amount_fen
        for one in matter.refunds
        if one.cause == "changed" and one.line_id == earlier.line_id
    )
    more = more_fen > 0
    if not order.paid_in_advance:
        key = "change.more_on_site" if more else "change.less_on_site"
    elif more:
        key = "change.paid"
    else:
        key = "change.refund" if back_fen else "change.no_refund"
    return wording.say(
        key,
        difference=str(Money(abs(more_fen))),
        refund=str(Money(back_fen)),
        total=str(Money(order.total_fen)),
    )
