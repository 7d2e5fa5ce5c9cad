"""`python -m services.accounts new-signing-key`: the first step of changing the signing key."""

import base64
import json
import secrets
from datetime import date
from typing import Final

from services.accounts.settings import AccountsSettings
from shared.core.secret_keys import KEY_BYTES

STEPS: Final = """\
# 1. Put these two lines into the settings of accounts and restart it: the new key is published.
#    The old one still signs.
# 2. Ten minutes later every service has fetched it. Set ACCOUNTS_SIGNING_KEY_ID={new} and restart:
#    the new one signs, and tokens of the old one stay good.
# 3. Fifteen minutes later the last of those has expired. Take the old key out and restart. The
#    other services forget it within ten minutes."""


def new_signing_key(settings: AccountsSettings, today: date) -> str:
    """Return the settings' lines with a new Ed25519 seed beside the old ones, and what to do next.

    The lines are secrets: whoever runs the command keeps them where the others are.
    """
    new = f"{today.isoformat()}-{secrets.token_hex(2)}"
    known = {key_id: key.get_secret_value() for key_id, key in settings.signing_keys.items()}
    known[new] = base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
    return "\n".join(
        (
            f"ACCOUNTS_SIGNING_KEYS={json.dumps(known)}",
            f"ACCOUNTS_SIGNING_KEY_ID={settings.signing_key_id}",
            STEPS.format(new=new),
        )
    )
