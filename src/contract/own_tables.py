"""The names of the tables that crossfade has beside the contract's."""

LOOKUP, CONTROL = "crossfade_lookup", "crossfade_control"
"""The tables of lookup items, and of counters and control items; each has the one key attribute `OWN_KEY`."""

OWN_KEY = "pk"
