"""ONNX: a model written as one file of operations, and graphs of other systems read as layers, channels last.

What is written comes from the operations of a model (`graph`), one rule for each; what is read becomes layers where
there is one, and functions where there is none.
"""
