"""What accounts keeps sealed, for `python -m services.accounts reseal`."""

from typing import Final

from shared.db.resealing import SealedColumn

FIND_NAMES: Final = """
    select id, name as sealed
    from accounts
    where id > $2 and substring(name from 1 for length($1::bytea)) <> $1
    order by id
    limit $3
"""
RENEW_NAME: Final = "update accounts set name = $1 where id = $2 and name = $3"
NAMES_LEFT: Final = """
    select count(*) from accounts where substring(name from 1 for length($1::bytea)) <> $1
"""
FIND_ADDRESSES: Final = """
    select account_id as id, channel, address as sealed
    from contact_points
    where account_id > $2 and channel = 'email'
        and substring(address from 1 for length($1::bytea)) <> $1
    order by account_id
    limit $3
"""
RENEW_ADDRESS: Final = """
    update contact_points set address = $1
    where account_id = $2 and channel = 'email' and address = $3
"""
ADDRESSES_LEFT: Final = """
    select count(*)
    from contact_points
    where channel = 'email' and substring(address from 1 for length($1::bytea)) <> $1
"""
FIND_NUMBERS: Final = """
    select account_id as id, channel, address as sealed
    from contact_points
    where account_id > $2 and channel = 'phone'
        and substring(address from 1 for length($1::bytea)) <> $1
    order by account_id
    limit $3
"""
RENEW_NUMBER: Final = """
    update contact_points set address = $1
    where account_id = $2 and channel = 'phone' and address = $3
"""
NUMBERS_LEFT: Final = """
    select count(*)
    from contact_points
    where channel = 'phone' and substring(address from 1 for length($1::bytea)) <> $1
"""
FIND_CHILDREN: Final = """
    select child_id as id, name as sealed
    from children
    where child_id > $2 and substring(name from 1 for length($1::bytea)) <> $1
    order by child_id
    limit $3
"""
RENEW_CHILD: Final = "update children set name = $1 where child_id = $2 and name = $3"
CHILDREN_LEFT: Final = """
    select count(*) from children where substring(name from 1 for length($1::bytea)) <> $1
"""
FIND_AUTHENTICATORS: Final = """
    select account_id as id, secret as sealed
    from authenticators
    where account_id > $2 and substring(secret from 1 for length($1::bytea)) <> $1
    order by account_id
    limit $3
"""
RENEW_AUTHENTICATOR: Final = (
    "update authenticators set secret = $1 where account_id = $2 and secret = $3"
)
AUTHENTICATORS_LEFT: Final = """
    select count(*) from authenticators where substring(secret from 1 for length($1::bytea)) <> $1
"""

# A secret that waits to be confirmed is deleted with the next run of `delete_ended_sessions`.
# Purposes are those of ContactBook and FactorVault.
COLUMNS: Final = (
    SealedColumn("names", FIND_NAMES, RENEW_NAME, NAMES_LEFT, lambda row: f"name:{row['id']}"),
    SealedColumn(
        "mail addresses",
        FIND_ADDRESSES,
        RENEW_ADDRESS,
        ADDRESSES_LEFT,
        lambda row: f"email:{row['id']}",
    ),
    SealedColumn(
        "phone numbers",
        FIND_NUMBERS,
        RENEW_NUMBER,
        NUMBERS_LEFT,
        lambda row: f"phone:{row['id']}",
    ),
    SealedColumn(
        "children", FIND_CHILDREN, RENEW_CHILD, CHILDREN_LEFT, lambda row: f"child:{row['id']}"
    ),
    SealedColumn(
        "authenticators",
        FIND_AUTHENTICATORS,
        RENEW_AUTHENTICATOR,
        AUTHENTICATORS_LEFT,
        lambda row: f"authenticator:{row['id']}",
    ),
)
