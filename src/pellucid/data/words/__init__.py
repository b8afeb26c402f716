"""Texts and sounds as arrays, and vocabularies."""
