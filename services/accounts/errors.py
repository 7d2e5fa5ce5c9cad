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
