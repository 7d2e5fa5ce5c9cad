"""Values without I/O: time, ids, money, texts, errors, settings, logging."""
