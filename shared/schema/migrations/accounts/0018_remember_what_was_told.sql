-- How many text messages had gone out when somebody was last told that the day fills up. Messages that
-- nobody takes over are taken back from `sends`, and what was told is not told again for that.
alter table text_message_sends
    add column told_at_sends integer not null default 0,
    add constraint text_message_sends_told_at_sends check (told_at_sends >= 0);
