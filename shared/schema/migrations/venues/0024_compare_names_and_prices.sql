-- What search compares: names as they are asked for, and what a grown-up pays.

-- The venue's names as a question is read: lower case, no accents, no wide forms.
alter table venue_words add column names_folded text[] not null default '{}';

-- From which price an offering can be had: the lowest of an adult's ticket, on whichever day it
-- holds; where adults have none, of any ticket, pitch or table. A child's free ticket is no price
-- at which somebody can come.
create view offering_prices_from as
select
    offering_id,
    coalesce(min(fen) filter (where ticket_type = 'adult'), min(fen)) as fen
from offering_prices
group by offering_id;
