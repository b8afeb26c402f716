"""The table of cases: what is computed, on which shapes, how exactly. Data only; `checks` holds what is asserted.

`operations` has a row for every operation of the graph, `compositions` for what activations, losses and optimisers make
of them, `layers` for every public layer. A new operation or layer needs a row here, and all harnesses run on it.
"""
