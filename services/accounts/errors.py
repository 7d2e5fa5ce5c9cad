"""What accounts answers when the answer is no."""

from shared.core.errors import ApiError


class LoginCodeNotAccepted(ApiError):
    """The code is wrong, expired, used, or was tried too often; which of them is not told."""

    status = 422
    code = "login_code_not_accepted"


class AccountDeactivated(ApiError):
    """The person is who they say, but the account is closed."""

    status = 403
    code = "account_deactivated"


class ServiceNotRecognised(ApiError):
    """There is no such service, or this is not its secret."""

    status = 401
    code = "service_not_recognised"


class SecondFactorNotAccepted(ApiError):
    """The code of the authenticator, or the recovery code, is wrong, old or used."""

    status = 422
    code = "second_factor_not_accepted"


class SecondFactorNeeded(ApiError):
    """The account has a second factor, and the session has not shown it: a mailbox is too little.

    For what concerns the whole person: taking all their data away, and deleting it.
    """

    status = 403
    code = "second_factor_needed"


class EnrolmentNotStarted(ApiError):
    """No authenticator waits to be confirmed, or it waited for too long."""

    status = 409
    code = "enrolment_not_started"


class NoSecondFactor(ApiError):
    """Recovery codes stand in for a second factor, and the account has none."""

    status = 409
    code = "no_second_factor"


class PasskeyNotAccepted(ApiError):
    """The passkey's answer is not good: wrong site, wrong signature, old challenge, a copy."""

    status = 422
    code = "passkey_not_accepted"


class PasskeyKnown(ApiError):
    """This passkey has been added already."""

    status = 409
    code = "passkey_known"


class TooManyPasskeys(ApiError):
    """An account has at most `most` passkeys."""

    status = 409
    code = "too_many_passkeys"


class AccountClosedAlready(ApiError):
    """The account is deactivated as it is."""

    status = 409
    code = "account_closed_already"


class AccountNotClosed(ApiError):
    """The account is not deactivated."""

    status = 409
    code = "account_not_closed"


class OwnAccount(ApiError):
    """Nobody deactivates their own account: somebody must be able to let them in again."""

    status = 409
    code = "own_account"


class MemberAlready(ApiError):
    """The person works for the organisation already, in another `role`."""

    status = 409
    code = "member_already"


class InvitationPending(ApiError):
    """The person is invited and has not answered: they accept, or the invitation is withdrawn."""

    status = 409
    code = "invitation_pending"


class InvitationNotPossible(ApiError):
    """The person can't be invited at present; why is theirs to know."""

    status = 409
    code = "invitation_not_possible"


class OrganisationOwned(ApiError):
    """An owner who can sign in says who works for the organisation, and the office does not."""

    status = 409
    code = "organisation_owned"


class OwnMembership(ApiError):
    """Nobody of the office names themselves."""

    status = 409
    code = "own_membership"


class LastOwner(ApiError):
    """An organisation has an owner at all times: name another one first."""

    status = 409
    code = "last_owner"


class LastDirector(ApiError):
    """The office has a director at all times: appoint another one first."""

    status = 409
    code = "last_director"


class TooManyOrganisations(ApiError):
    """One person registers `most` organisations at most."""

    status = 409
    code = "too_many_organisations"


class TooManyMemberships(ApiError):
    """One person works for `most` organisations at most."""

    status = 409
    code = "too_many_memberships"


class TooManyMembers(ApiError):
    """`most` people at most work for one organisation, invited ones included."""

    status = 409
    code = "too_many_members"


class TooManyApiKeys(ApiError):
    """An organisation has at most `most` API keys that are good."""

    status = 409
    code = "too_many_api_keys"


class ApiKeyNotRecognised(ApiError):
    """There is no such API key, or it was revoked, or it has expired."""

    status = 401
    code = "api_key_not_recognised"


class NamedBySetting(ApiError):
    """A setting of the platform names the person as one of the office: it has to change first."""

    status = 409
    code = "named_by_setting"


class ConsentTextOutdated(ApiError):
    """Nobody can agree to this version any more; `version` is the one that is asked for now."""

    status = 409
    code = "consent_text_outdated"


class ContactTaken(ApiError):
    """The contact signs in to another account: it goes from there first."""

    status = 409
    code = "contact_taken"


class LastContact(ApiError):
    """An account has one contact at all times: add another one first."""

    status = 409
    code = "last_contact"


class PrivacyConsentNeeded(ApiError):
    """Whoever signs in agrees to `version` of the privacy notice, the one that is asked for now.

    A newcomer also says to be fourteen or older.
    """

    status = 409
    code = "privacy_consent_needed"


class GuardianConsentNeeded(ApiError):
    """A child's data is kept only with the guardian's consent to the notice about children."""

    status = 409
    code = "guardian_consent_needed"


class TooYoungForAccount(ApiError):
    """Children under fourteen have no account of their own (PIPL article 31)."""

    status = 403
    code = "too_young_for_account"


class TooManyChildren(ApiError):
    """An account keeps at most `most` children."""

    status = 409
    code = "too_many_children"


class OrdersStand(ApiError):
    """`orders` orders of the account are still to take place, or to be paid."""

    status = 409
    code = "orders_stand"


class FreshSignInNeeded(ApiError):
    """What can't be undone is done only by who has signed in within the last `minutes`."""

    status = 403
    code = "fresh_sign_in_needed"
