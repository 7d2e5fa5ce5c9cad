"""What the pages refuse by themselves; sentences stand in `locale/`."""

from shared.core.errors import ApiError


class FormNotOurs(ApiError):
    """A form came from another site, or from a page that is too old to be trusted."""

    status = 403
    code = "form_not_ours"
