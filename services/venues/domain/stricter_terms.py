"""Whether terms got stricter: less comes back, or somebody who could book no longer can."""

from collections.abc import Iterator, Sequence
from typing import Literal

from shared.contracts.terms import GroupStep, OfferingTerms, RefundTerms, RefundTier

TermsReason = Literal[
    "less_refunded",
    "not_refunded",
    "party_restricted",
    "nights_restricted",
    "fewer_persons",
    "group_discount_lowered",
    "booked_earlier",
    "ages_restricted",
]
_WHOLE = 100


def terms_reasons(before: OfferingTerms, after: OfferingTerms) -> Iterator[TermsReason]:
    """Yield why a change of terms matters."""
    if after.refunds.non_refundable and not before.refunds.non_refundable:
        yield "not_refunded"
    elif _less_comes_back(before.refunds, after.refunds):
        yield "less_refunded"
    if _fewer_parties(before, after):
        yield "party_restricted"
    if _fewer_nights(before, after):
        yield "nights_restricted"
    persons = {option.code: option.persons for option in after.options}
    if any(persons.get(one.code, one.persons) < one.persons for one in before.options):
        yield "fewer_persons"
    if _smaller_discount(before.group_steps, after.group_steps):
        yield "group_discount_lowered"
    if after.lead_minutes > before.lead_minutes or after.horizon_days < before.horizon_days:
        yield "booked_earlier"
    if _narrower_ages(before, after):
        yield "ages_restricted"


def _less_comes_back(before: RefundTerms, after: RefundTerms) -> bool:
    if before.non_refundable:
        return False
    return _lower(before.ordinary, after.ordinary) or _lower(before.holiday, after.holiday)


def _lower(before: Sequence[RefundTier], after: Sequence[RefundTier]) -> bool:
    """Tell whether at some hour less comes back; it changes at the tiers' hours alone."""
    hours = {0, *(tier.hours_before for tier in (*before, *after))}
    return any(_percent(after, hour) < _percent(before, hour) for hour in hours)


def _percent(tiers: Sequence[RefundTier], hour: int) -> int:
    """Return what comes back that many hours before: by the first tier that is met."""
    if not tiers:
        return _WHOLE
    return next((tier.percent for tier in tiers if tier.hours_before <= hour), 0)


def _fewer_parties(before: OfferingTerms, after: OfferingTerms) -> bool:
    return (
        after.party_least > before.party_least
        or _lower_limit(before.party_most, after.party_most)
        or _lower_limit(before.most_per_account, after.most_per_account)
        or (after.child_needs_adult and not before.child_needs_adult)
        or _lower_limit(before.children_per_adult_most, after.children_per_adult_most)
    )


def _lower_limit(before: int | None, after: int | None) -> bool:
    """Tell whether a limit got lower; None is no limit."""
    return after is not None and (before is None or after < before)


def _narrower_ages(before: OfferingTerms, after: OfferingTerms) -> bool:
    """Tell whether somebody is no longer a child, or a senior, or free; unsaid is for all."""
    was, now = before.child_ages, after.child_ages
    if now is not None and (was is None or now.until_age < was.until_age):
        return True
    if was is not None and was.from_age > (now.from_age if now is not None else 0):
        return True
    elder, from_age = before.senior_from_age, after.senior_from_age
    return from_age is not None and (elder is None or from_age > elder)


def _fewer_nights(before: OfferingTerms, after: OfferingTerms) -> bool:
    return (
        after.nights_least > before.nights_least
        or after.nights_most < before.nights_most
        or not set(before.arrival_weekdays) <= set(after.arrival_weekdays)
    )


def _smaller_discount(before: Sequence[GroupStep], after: Sequence[GroupStep]) -> bool:
    parties = {step.from_persons for step in (*before, *after)}
    return any(_discount(after, party) < _discount(before, party) for party in parties)


def _discount(steps: Sequence[GroupStep], party: int) -> int:
    """Return the percentage of the last step that a party reaches."""
    return next((s.percent_off for s in reversed(steps) if s.from_persons <= party), 0)
