"""Lines that leave their order or are replaced: cancelled, or changed to another date or party."""
