"""What a file of a model may hold, for whoever writes one as for whoever reads one."""

MOST_LAYERS = 10_000
"""Of one model, those of models inside not counted."""
