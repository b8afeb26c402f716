"""Samples: data sets, image files, and the order in which a model sees them. The only room that may use the network.

Everything here is NumPy arrays; models and engines are not known.
"""
