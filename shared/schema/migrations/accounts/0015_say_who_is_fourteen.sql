-- Whether whoever agreed to the privacy notice said to be fourteen or older (PIPL article 31). Null
-- where they were not asked: at consents of before, withdrawals and other texts.
alter table consents add column fourteen_or_older boolean;
