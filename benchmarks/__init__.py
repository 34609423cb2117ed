"""How fast Spindle is beside others, in one run on one machine: ``python dev.py bench``."""
