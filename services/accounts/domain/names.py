"""Names of people and organisations."""

import unicodedata

# Control, format, private use, surrogates, unassigned; line and paragraph separators: none of
# them belongs in a name, and in a mail's header or a spreadsheet they do harm.
_REFUSED = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})


def normal_name(typed: str) -> str:
    """Return a name in composed form (NFC), with single spaces and none at its ends.

    Raises ValueError where nothing is left, or for characters that can't be seen.
    """
    name = " ".join(unicodedata.normalize("NFC", typed).split(" ")).strip()
    if not name or any(unicodedata.category(char) in _REFUSED for char in name):
        raise ValueError("not a name")
    return name
