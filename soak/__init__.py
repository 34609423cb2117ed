"""What a user may rely on, shown by experiment: ``python dev.py soak --minutes N``."""
