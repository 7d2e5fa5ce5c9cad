from pathlib import Path

import pytest

from shared.schema import MIGRATIONS, SchemaError
from shared.schema.files import read_migrations
from tests.schema.conftest import WriteFile


def test_our_own_files_are_in_order() -> None:
    assert len(read_migrations(MIGRATIONS)) > 20


@pytest.mark.parametrize(
    ("name", "sql", "complaint"),
    [
        ("bookings/0003_add_more.sql", "", "number 0002 is missing"),
        ("bookings/0001_again_pools.sql", "", "two files with the number 0001"),
        ("bookings/2_add.sql", "", "should be called like 0001_create_orders.sql"),
        ("bookings/0002_add-more.sql", "", "should be called like"),
        ("cinema/0001_create_seats.sql", "", "there is no cinema"),
        ("bookings/0002_add_more.sql", "select 1;\n  commit;", "line 2: .* can't say commit"),
        ("bookings/0002_add_more.sql", "BEGIN TRANSACTION;", "line 1: .* can't say begin"),
    ],
)
def test_a_file_out_of_order_is_refused(
    folder: Path, write: WriteFile, name: str, sql: str, complaint: str
) -> None:
    write(name, sql)
    with pytest.raises(SchemaError, match=complaint):
        read_migrations(folder)


def test_the_begin_of_a_function_is_none_of_a_transaction(folder: Path, write: WriteFile) -> None:
    body = "create function f() returns int language plpgsql as $$\nbegin\n  return 1;\nend;\n$$;"
    write("bookings/0002_create_function.sql", body)
    assert body in {migration.sql for migration in read_migrations(folder)}
