"""What personal data is read for: said with each reading, and written down with it."""

from typing import Annotated

from pydantic import Field

from shared.http.models import Headers


class ReadReason(Headers):
    """What the data is needed for."""

    reason: Annotated[
        str,
        Field(
            alias="X-Read-Reason",
            # A word and perhaps an id: never a sentence with a person in it.
            pattern=r"^[a-z][a-z0-9_.:-]{0,99}$",
            description="What the data is needed for, as one word.",
            examples=["order.confirmed"],
        ),
    ]
