"""Records as text for a terminal, with colours or in plain ASCII: one module per picture, all built of `lines`."""

from pellucid.views.terminal.arithmetic import arithmetic_text
from pellucid.views.terminal.curves import curves_text
from pellucid.views.terminal.filters import filters_text
from pellucid.views.terminal.lines import terminal_color
from pellucid.views.terminal.maps import maps_text
from pellucid.views.terminal.partial_maps import partial_maps_text
from pellucid.views.terminal.profile import profile_text

__all__ = [
    "arithmetic_text",
    "curves_text",
    "filters_text",
    "maps_text",
    "partial_maps_text",
    "profile_text",
    "terminal_color",
]
