"""Rules of the pages: parties, days, plans. No I/O."""
