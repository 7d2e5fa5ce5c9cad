-- What a program did to a listing is told by its API key: whoever holds it is not its maker. Earlier
-- entries stay as they are.
alter table venue_history
    add column done_by_key uuid,
    drop constraint venue_history_people_have_accounts,
    add constraint venue_history_is_done_by_one check (
        num_nonnulls(done_by, done_by_key) = (role <> 'platform')::integer
    );
