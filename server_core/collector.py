"""How often Python's garbage collector looks, for a process that serves."""

from __future__ import annotations

import gc

# New objects after which the collector looks at the youngest (Python's own number is 700 or 2,000), and how
# many such looks there are to one at the older, and of those to one at all.
THRESHOLDS = (20_000, 50, 100)


def spare_the_collector() -> None:
    """Have it look less often, and never at what lives as long as the process. Once, when all is set up.

    Thousands of log records lie in a queue for some milliseconds, and are no garbage: each look goes over all
    of them, and nobody is served meanwhile. What is left behind in cycles here is little.
    """
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
