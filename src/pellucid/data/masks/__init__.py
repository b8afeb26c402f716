"""Masks beside images: where they lie, what their values mean, and how both are moved together."""
