-- Who came, as far as reviews need it: one row for each line of a confirmed order, and one for
-- each ticket that was shown at the gate. Both are heard of from bookings, in any order.
create table visits (
    line_id uuid primary key,
    order_id uuid not null,
    -- Null once the person was erased.
    account_id uuid,
    venue_id uuid not null,
    offering_id uuid not null,
    day date not null
);

create index visits_of_account on visits (account_id, line_id);
create index visits_by_day on visits (day);

create table visit_tickets (
    line_id uuid not null,
    ordinal integer not null,
    -- Null where the check-in was taken back.
    checked_in_at timestamptz,
    -- Of the order when it was told: an older event changes nothing.
    version integer not null,
    constraint visit_tickets_pkey primary key (line_id, ordinal),
    constraint visit_tickets_ordinal_in_range check (ordinal >= 1)
);

create table reviews (
    review_id uuid primary key,
    line_id uuid not null,
    venue_id uuid not null,
    offering_id uuid not null,
    -- Null once the author was erased: what is left is a figure.
    account_id uuid,
    rating smallint not null,
    text text,
    language text not null,
    -- The first of the month of the visit: all that others learn of its author.
    visited_in date not null,
    written_at timestamptz not null,
    edited_at timestamptz,
    state text not null default 'shown',
    hidden_because text,
    answer text,
    answered_at timestamptz,
    answer_edited_at timestamptz,
    -- Counts what happened to it: ETag and If-Match.
    version integer not null default 1,
    constraint reviews_venue_exists foreign key (venue_id) references venues,
    constraint reviews_offering_is_of_the_venue
    foreign key (offering_id, venue_id) references offerings (offering_id, venue_id),
    constraint reviews_one_per_line unique (line_id),
    constraint reviews_rating_in_range check (rating between 1 and 5),
    constraint reviews_text_has_a_length check (length(text) between 1 and 2000),
    constraint reviews_language_is_known check (language in ('zh', 'en')),
    constraint reviews_visited_in_is_a_month check (extract(day from visited_in) = 1),
    constraint reviews_state_is_known check (state in ('shown', 'hidden')),
    constraint reviews_hidden_say_why check ((state = 'hidden') = (hidden_because is not null)),
    constraint reviews_reason_has_a_length check (length(hidden_because) between 1 and 2000),
    constraint reviews_answer_has_a_length check (length(answer) between 1 and 2000),
    constraint reviews_answer_has_a_time check (
        (answer is null) = (answered_at is null)
        and (answer_edited_at is null or answered_at is not null)
    ),
    constraint reviews_versions_count_up check (version >= 1)
);

create index reviews_of_venue on reviews (venue_id, review_id);
create index reviews_of_account on reviews (account_id) where account_id is not null;
create index reviews_of_offering on reviews (offering_id);

-- A review is never deleted. What is hidden can be shown again.
create trigger reviews_are_never_deleted
before delete or truncate on reviews
for each statement execute function refuse_rewriting();

-- What happened to a review, step by step: append-only. What its author wrote stands apart, so
-- that it can be forgotten with them; an answer is the venue's.
create table review_trace (
    entry_id uuid primary key,
    review_id uuid not null,
    step text not null,
    role text not null,
    -- The account of the venue's or the office's person; authors are known by the review alone.
    done_by uuid,
    done_at timestamptz not null,
    -- Of the review, after the step.
    version integer not null,
    -- The reason why it was hidden, or the answer.
    note text,
    constraint review_trace_review_exists foreign key (review_id) references reviews,
    constraint review_trace_step_is_known check (
        step in ('written', 'edited', 'answered', 'answer_edited', 'hidden', 'restored', 'forgotten')
    ),
    constraint review_trace_role_is_known check (
        role in ('author', 'operator', 'office', 'platform')
    ),
    constraint review_trace_names_the_office_and_operators check (
        (role in ('operator', 'office')) = (done_by is not null)
    ),
    constraint review_trace_hiding_has_a_reason check (step <> 'hidden' or note is not null),
    constraint review_trace_note_has_a_length check (length(note) between 1 and 2000)
);

create index review_trace_of_review on review_trace (review_id, entry_id);

create trigger review_trace_is_final
before update or delete or truncate on review_trace
for each statement execute function refuse_rewriting();

-- All that an author ever wrote in a review, version by version.
create table review_versions (
    review_id uuid not null,
    version integer not null,
    rating smallint not null,
    text text,
    language text not null,
    constraint review_versions_pkey primary key (review_id, version),
    constraint review_versions_review_exists foreign key (review_id) references reviews,
    constraint review_versions_rating_in_range check (rating between 1 and 5),
    constraint review_versions_text_has_a_length check (length(text) between 1 and 2000)
);

-- A version stays as it is, but for its text, which is forgotten with its author.
create function refuse_rewriting_review_versions() returns trigger
language plpgsql
as $$
begin
    if new.text is not null
        or (new.review_id, new.version, new.rating, new.language)
        is distinct from (old.review_id, old.version, old.rating, old.language)
    then
        raise exception 'version % of review % stays as it is', old.version, old.review_id
            using errcode = 'check_violation', constraint = 'review_versions_are_final';
    end if;
    return new;
end
$$;

create trigger review_versions_are_final
before update on review_versions
for each row execute function refuse_rewriting_review_versions();

create trigger review_versions_are_never_deleted
before delete or truncate on review_versions
for each statement execute function refuse_rewriting();

alter table venues
    -- How many shown reviews there are, the sum of their stars, and how many are hidden.
    add column rating_count integer not null default 0,
    add column rating_sum integer not null default 0,
    add column reviews_hidden integer not null default 0,
    add constraint venues_ratings_in_range check (
        rating_count >= 0
        and rating_sum between rating_count and 5 * rating_count
        and reviews_hidden >= 0
    );

-- The figures of a venue follow its reviews, whoever writes them.
create function count_reviews() returns trigger
language plpgsql
set search_path from current
as $$
declare
    was_shown integer := case when tg_op = 'UPDATE' and old.state = 'shown' then 1 else 0 end;
    was_hidden integer := case when tg_op = 'UPDATE' and old.state = 'hidden' then 1 else 0 end;
    is_shown integer := case new.state when 'shown' then 1 else 0 end;
begin
    update venues
    set
        rating_count = rating_count + is_shown - was_shown,
        rating_sum = rating_sum + is_shown * new.rating
        - was_shown * case when tg_op = 'UPDATE' then old.rating else 0 end,
        reviews_hidden = reviews_hidden + (1 - is_shown) - was_hidden
    where venue_id = new.venue_id;
    return null;
end
$$;

create trigger reviews_count_for_their_venue
after insert or update of state, rating on reviews
for each row execute function count_reviews();
