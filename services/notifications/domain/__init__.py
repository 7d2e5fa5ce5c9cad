"""Rules of sending: pure, no I/O."""
