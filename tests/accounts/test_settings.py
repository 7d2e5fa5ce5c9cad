import base64
import json

import pytest
from pydantic import SecretStr, ValidationError

from services.accounts.settings import AccountsSettings
from shared.core.secret_keys import key_bytes

KEY = base64.urlsafe_b64encode(bytes(range(32))).decode()
OWN = {
    "signing_keys": {"2026-01": KEY},
    "signing_key_id": "2026-01",
    "sealing_keys": {"2026-01": KEY},
    "sealing_key_id": "2026-01",
    "index_key": KEY,
    "code_key": KEY,
    "session_key": KEY,
    "service_secrets": {"venues": "a secret of its own, long enough"},
    "trusted_proxies": "192.0.2.0/24",
    "passkey_domain": "xiangyou.example",
    "passkey_origins": "https://xiangyou.example, https://www.xiangyou.example",
}
PUBLIC = {
    "passkey_domain",
    "passkey_origins",
    "signing_key_id",
    "sealing_key_id",
    "trusted_proxies",
}


def test_the_defaults_work_for_development_and_say_that_they_are_known() -> None:
    settings = AccountsSettings()
    assert settings.development_secrets() == [
        "ACCOUNTS_SIGNING_KEYS",
        "ACCOUNTS_SEALING_KEYS",
        "ACCOUNTS_INDEX_KEY",
        "ACCOUNTS_CODE_KEY",
        "ACCOUNTS_SESSION_KEY",
        "ACCOUNTS_SERVICE_SECRETS",
    ]


def test_production_starts_with_secrets_of_its_own() -> None:
    settings = AccountsSettings.model_validate({"environment": "production", **OWN})
    assert settings.development_secrets() == []


@pytest.mark.parametrize("left_out", sorted(OWN.keys() - PUBLIC))
def test_production_refuses_each_known_secret(left_out: str) -> None:
    given = {name: value for name, value in OWN.items() if name != left_out}
    if left_out in {"signing_keys", "sealing_keys"}:
        del given[left_out.removesuffix("s") + "_id"]
    with pytest.raises(ValidationError, match=f"ACCOUNTS_{left_out.upper()}") as refused:
        AccountsSettings.model_validate({"environment": "production", **given})
    assert KEY not in str(refused.value)


def test_production_takes_no_short_secrets_of_services() -> None:
    short = {"service_secrets": {"venues": "s" * 32, "web": "s" * 31}}
    told = "shorter than 32 characters: ACCOUNTS_SERVICE_SECRETS"
    with pytest.raises(ValidationError, match=told) as refused:
        AccountsSettings.model_validate({"environment": "production", **OWN, **short})
    assert "s" * 31 not in str(refused.value)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"second_factor": "optional"}, "ACCOUNTS_SECOND_FACTOR is not required"),
        ({"passkey_origins": "http://xiangyou.example"}, "reached without HTTPS"),
        ({"passkey_origins": "https://evil.example"}, "not of ACCOUNTS_PASSKEY_DOMAIN"),
        ({"passkey_origins": "https://notxiangyou.example"}, "not of ACCOUNTS_PASSKEY_DOMAIN"),
        ({"passkey_origins": "https://xiangyou.example/path"}, "an origin is a scheme and a host"),
    ],
    ids=["optional", "http", "another-domain", "only-ends-alike", "path"],
)
def test_production_takes_no_weaker_sign_in(changed: dict[str, str], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        AccountsSettings.model_validate({"environment": "production", **OWN, **changed})


def test_keys_are_read_from_the_environment_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACCOUNTS_SIGNING_KEYS", json.dumps({"a": KEY, "b": KEY}))
    monkeypatch.setenv("ACCOUNTS_SIGNING_KEY_ID", "b")
    monkeypatch.setenv("NOTIFICATIONS_URL", "http://notifications:8104")
    settings = AccountsSettings()
    assert key_bytes(settings.signing_keys["b"]) == bytes(range(32))
    assert settings.notifications_url == "http://notifications:8104"


@pytest.mark.parametrize("key", ["short", "", "!" * 43, KEY + "AAAA"])
def test_a_key_of_another_length_is_refused_and_not_shown(key: str) -> None:
    with pytest.raises(ValidationError) as refused:
        AccountsSettings.model_validate({"code_key": SecretStr(key)})
    assert not key or key not in str(refused.value)


def test_the_current_key_has_to_be_among_the_keys() -> None:
    with pytest.raises(ValidationError, match="ACCOUNTS_SIGNING_KEY_ID"):
        AccountsSettings.model_validate({"signing_key_id": "lost"})


def test_an_office_contact_that_is_none_is_refused() -> None:
    with pytest.raises(ValidationError, match="not an e-mail address"):
        AccountsSettings.model_validate({"office_contacts": "office@xiangyou.example, @"})
