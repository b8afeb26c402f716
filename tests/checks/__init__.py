"""What is asserted about the cases, as functions that take the engine to be judged.

They are functions, not tests, so that the sabotage suite can hand them engines that are wrong on purpose and require
that they fail. All raise `Mismatch` (`mismatch.py`) with the case's name.
"""
