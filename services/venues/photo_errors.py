"""What the venues service refuses about photos."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from services.venues.pictures.pool import Refusal
from shared.core.errors import ApiError


class TooManyPhotos(ApiError):
    """The venue has as many photos as a venue can have; `limit` says how many."""

    status = 409
    code = "too_many_photos"


class PhotosChanged(ApiError):
    """The photos that were put in order are not those that the venue has now."""

    status = 409
    code = "photos_changed"


class PictureUnreadable(ApiError):
    """The file is cut off, broken, or no picture of a format that is taken."""

    status = 422
    code = "picture_unreadable"


class PictureAmbiguous(ApiError):
    """The file is a picture and something else: it hides or carries other data."""

    status = 422
    code = "picture_ambiguous"


class PictureTooLarge(ApiError):
    """The picture has more pixels than `limit`."""

    status = 422
    code = "picture_too_large"


class PictureOutOfShape(ApiError):
    """The picture is more than `limit` times as long as it is wide."""

    status = 422
    code = "picture_out_of_shape"


class PictureAnimated(ApiError):
    """The picture moves."""

    status = 422
    code = "picture_animated"


# By what the studio answers.
REFUSALS: Final[Mapping[Refusal, type[ApiError]]] = MappingProxyType(
    {
        "unknown": PictureUnreadable,
        "unreadable": PictureUnreadable,
        "ambiguous": PictureAmbiguous,
        "pixels": PictureTooLarge,
        "shape": PictureOutOfShape,
        "animated": PictureAnimated,
    }
)
PICTURE_ERRORS: Final = tuple(dict.fromkeys(REFUSALS.values()))
