-- Extensions live in a schema of their own, so that every service's search path can end in it
-- and no service owns them. Similarity search over names needs trigrams.
create schema extensions;
grant usage on schema extensions to public;

create extension pg_trgm with schema extensions;
