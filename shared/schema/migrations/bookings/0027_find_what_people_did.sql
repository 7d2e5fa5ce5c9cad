-- Whoever takes their data away is told what they did at work, too: without reading all of it.
create index scans_scanned_by on scans (scanned_by, scanned_at);
create index cash_receipts_received_by on cash_receipts (received_by, received_at);
create index line_cancellations_cancelled_by on line_cancellations (cancelled_by, cancelled_at);
