-- Lines that left their order, which goes on without them: cancelled, or changed to another line.
-- Their visits are not counted. May be known before the visit, and is final.
create table left_lines (
    line_id uuid not null,
    constraint left_lines_pkey primary key (line_id)
);

-- Which event of the order said it: a check-in may be taken back, and given again. The newest
-- counts, in whatever order they arrive; a check-in that was taken back let in 0 persons.
alter table arrivals add column version integer not null default 0;
