"""How a test's database becomes as new: its rows go, unless something else was changed too.

A test that changed the schema, left a session open or wrote very much has its database dropped.
"""

from typing import Final

# `emptying.tables` are those whose rows can be told from those of the template; `seed` is a copy of
# the rows that migrations wrote.
MAKE_EMPTYING: Final = """
create schema emptying;
create table emptying.tables (name regclass primary key, seed regclass);
create table emptying.schema_changes (changed_at timestamptz not null);

do $do$
declare
    found record;
    has_rows boolean;
    seed text;
begin
    for found in
        select c.oid, c.oid::regclass as name
        from pg_class c
        join pg_namespace n on n.oid = c.relnamespace
        where c.relkind = 'r' and n.nspname !~ '^(pg_|information_schema|migrations|emptying)'
    loop
        execute format('select exists (select from %s)', found.name) into has_rows;
        seed := null;
        if has_rows then
            seed := format('emptying.seed_%s', found.oid);
            execute format('create table %s as table %s', seed, found.name);
        end if;
        insert into emptying.tables (name, seed) values (found.oid, seed::regclass);
    end loop;
end
$do$;

create function emptying.empty() returns boolean
language plpgsql
set session_replication_role = replica
as $$
declare
    found record;
    has_rows boolean;
begin
    if exists (select from emptying.schema_changes)
        or exists (
            select from pg_stat_activity
            where datname = current_database() and pid <> pg_backend_pid()
        )
        or (select max(pg_relation_size(name)) from emptying.tables) > 128 * 1024
    then
        return false;
    end if;
    for found in
        select name, seed from emptying.tables
        where pg_relation_size(name) > 0 or seed is not null
    loop
        execute format('select exists (select from %s)', found.name) into has_rows;
        if has_rows then
            execute format('delete from %s', found.name);
        end if;
        if found.seed is not null then
            execute format('insert into %s select * from %s', found.name, found.seed);
        end if;
    end loop;
    perform setval(format('%I.%I', schemaname, sequencename), start_value, false)
    from pg_sequences
    where last_value is not null;
    return true;
end
$$;

create function emptying.note_change() returns event_trigger
language plpgsql
security definer
as $$
begin
    insert into emptying.schema_changes values (now());
end
$$;

create event trigger note_change on ddl_command_end execute function emptying.note_change();
create event trigger note_drop on sql_drop execute function emptying.note_change();
"""

EMPTY: Final = "select emptying.empty()"
