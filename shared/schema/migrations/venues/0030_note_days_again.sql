-- By lead time, nights and days of arrival search counts since 0023, which had counted before its
-- trigger was there: an offering that was changed in between is counted here. It may have lost these
-- terms as well as got them, so all days are counted that are still sold.
select note_offering_days(array_agg(offering_id), array_agg(day))
from (
    select distinct s.offering_id, s.day
    from slots s
    where s.offered and s.day >= current_date - 1
) as known
having count(*) > 0;
