"""Rules of honest figures: pure, no I/O."""
