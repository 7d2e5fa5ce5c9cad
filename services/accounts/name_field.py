"""The name of a person or an organisation in a request."""

from typing import Annotated, Final

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from services.accounts.domain.names import normal_name

LONGEST_NAME: Final = 100


def _checked(typed: str) -> str:
    try:
        return normal_name(typed)
    except ValueError:
        raise PydanticCustomError("name_malformed", "Input should be a name") from None


Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME), AfterValidator(_checked)]
