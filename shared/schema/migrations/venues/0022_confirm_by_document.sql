-- The office confirms what it has seen: a licence without a document is not confirmed.
create or replace function refuse_unknown_licence_steps() returns trigger
language plpgsql
set search_path from current
as $$
begin
    if tg_op = 'INSERT' and new.state = 'waiting' then
        return new;
    end if;
    if tg_op = 'UPDATE' and old.state = 'waiting' and new.state = 'confirmed'
        and new.document_digest is null
    then
        raise exception 'licence % has no document', new.licence_id
            using errcode = 'check_violation', constraint = 'licences_confirmed_by_a_document';
    end if;
    if tg_op = 'UPDATE' and (
        new.state = old.state
        or (old.state = 'waiting' and new.state in ('confirmed', 'refused'))
        or (old.state = 'confirmed' and new.state = 'refused')
    ) then
        return new;
    end if;
    raise exception 'a licence does not become % from here', new.state
        using errcode = 'check_violation', constraint = 'licences_state_follows_its_life';
end
$$;
