"""How often garbage is collected: importing this module makes it rare, in this process and in its forks.

Loading the program makes some hundred thousand objects that all stay. To look through them for cycles after every 700
new ones, as Python does, takes a fifth of the time that loading takes.
"""

import gc
from typing import Final

OBJECTS_BEFORE_COLLECTION: Final = 50_000
"""Several times what a full batch of checkouts makes, which lives as long as the batch and forms no cycles."""

gc.set_threshold(OBJECTS_BEFORE_COLLECTION)
