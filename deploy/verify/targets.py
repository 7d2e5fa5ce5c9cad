"""Which platform is looked at: the embedded stack of DATA_DIR, or any other by its address."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from deploy.local.errors import LocalError
from deploy.local.options import Options
from deploy.local.postgres import DATABASE, OWNER, PASSWORD
from deploy.local.state import is_running, read_state

URL_VARIABLE: Final = "SCHEMA_DATABASE_URL"


@dataclass(frozen=True, slots=True)
class Target:
    """A platform: its name, its database as the owner of all schemas, its caught mail if any."""

    name: str
    database_url: str
    inbox: Path | None


def find_target(environment: Mapping[str, str] = os.environ) -> Target:
    """Return what the environment names: SCHEMA_DATABASE_URL, or the stack of DATA_DIR.

    Raises LocalError where no stack runs there.
    """
    url = environment.get(URL_VARIABLE)
    if url:
        return Target(f"the database of {URL_VARIABLE}", url, None)
    data_dir = Options.from_environment(environment).data_dir
    postgres = read_state(data_dir).get("processes", {}).get("postgres", {})
    if not is_running(data_dir) or not postgres.get("port"):
        raise LocalError(f"No stack runs on {data_dir}, and {URL_VARIABLE} names no database.")
    return Target(
        f"the stack on {data_dir}",
        f"postgresql://{OWNER}:{PASSWORD}@127.0.0.1:{postgres['port']}/{DATABASE}",
        data_dir / "inbox",
    )
