"""Secrets are compared in constant time: by `hmac.compare_digest`, and by nothing else."""

import ast
import re
from collections.abc import Iterator
from typing import Final

from tests.security.sources import ROOT, sources

# What somebody must not learn by how long a comparison takes.
SECRET: Final = re.compile(
    r"(?:^|_)(?:secret|secrets|token|hash|hashes|hashed|digest|digests|signature|mac|otp|totp"
    r"|password|code_hash|attempt|expected_code|last_four|digits|sign|hexdigest)(?:$|_)"
)
# Where such a word names no secret, and why.
NO_SECRETS: Final = {
    "services/accounts/audit_chain.py: row['hash'] != entry.hash_after(previous)": "the audit's"
    " own reader checks what the audit holds",
    "services/venues/features/upload_photo.py: before.digest != digest": "a picture's address",
}
# Who must compare: what each of them guards.
COMPARING: Final = {
    "services/accounts/domain/second_factors.py": "codes of authenticators",
    "services/accounts/features/issue_service_token.py": "secrets of services",
    "services/accounts/code_trying.py": "one-time codes",
    "services/bookings/features/look_up_order.py": "the end of a phone number",
    "services/bookings/payments/sandbox_signing.py": "signatures of payments",
    "services/web/browser/csrf.py": "tokens of forms",
}


def compared(tree: ast.AST) -> Iterator[str]:
    """Yield each comparison by `==`, `!=` or `in` of which a side is named like a secret."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Compare):
            continue
        if not any(isinstance(one, ast.Eq | ast.NotEq | ast.In | ast.NotIn) for one in node.ops):
            continue
        sides = [node.left, *node.comparators]
        if any(isinstance(side, ast.Constant) and side.value in (None, "") for side in sides):
            continue
        # Names in capitals are limits and tables of ours.
        names = [name for side in sides for name in _names(side) if not name.isupper()]
        if any(SECRET.search(name.lower()) for name in names):
            yield ast.unparse(node)


def _names(side: ast.expr) -> Iterator[str]:
    """Yield what a side is called: a variable, an attribute, or the function that returns it."""
    match side:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            yield name
        case ast.Call(func=function):
            yield from _names(function)
        case ast.Subscript(value=value):
            yield from _names(value)
        case ast.Await(value=value):
            yield from _names(value)


def test_no_secret_is_compared_by_how_far_it_is_right() -> None:
    found = [f"{name}: {one}" for name, tree in sources() for one in compared(tree)]
    assert [one for one in found if one not in NO_SECRETS] == []
    assert set(NO_SECRETS) <= set(found)


def test_whoever_guards_a_secret_compares_it_in_constant_time() -> None:
    for name in COMPARING:
        assert "hmac.compare_digest(" in (ROOT / name).read_text(encoding="utf-8"), name


def test_a_comparison_in_haste_is_found() -> None:
    hasty = ("given == row.code_hash", "hash_token(a) != kept", "token in known", "secret == other")
    assert [one for one in hasty if not list(compared(ast.parse(one)))] == []
    fine = ("hmac.compare_digest(given, code_hash)", "token is None", "count == 3", "token == ''")
    assert [one for one in fine if list(compared(ast.parse(one)))] == []
