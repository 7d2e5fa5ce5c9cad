-- Prices by season, lead times and horizons: what an edition says of them makes sense, whoever wrote
-- it. A price of a season that the edition does not have would never be anybody's price.

create function prices_know_their_seasons(prices jsonb, terms jsonb) returns boolean
language sql immutable
return not exists (
    select
    from jsonb_array_elements(prices) as price
    where price ->> 'season' is not null
        and not exists (
            select
            from jsonb_array_elements(terms -> 'seasons') as season
            where season ->> 'code' = price ->> 'season'
        )
);

alter table offering_editions
    add constraint offering_editions_prices_know_their_seasons
        check (prices_know_their_seasons(prices, terms)),
    add constraint offering_editions_window_check
        check (
            coalesce((terms ->> 'lead_minutes')::integer between 0 and 43200, true)
            and coalesce((terms ->> 'horizon_days')::integer between 1 and 90, true)
        );
