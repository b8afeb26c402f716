"""`tf.compat`: text as bytes and back."""

from __future__ import annotations

from typing import Any

__all__ = ["as_bytes", "as_str", "as_text"]


def as_bytes(bytes_or_text: Any, encoding: str = "utf-8") -> bytes:
    """Text as bytes.

    Example:
        >>> as_bytes("JFIF"), as_bytes(b"JFIF")
        (b'JFIF', b'JFIF')
    """
    return bytes_or_text.encode(encoding) if isinstance(bytes_or_text, str) else bytes(bytes_or_text)


def as_text(bytes_or_text: Any, encoding: str = "utf-8") -> str:
    """Bytes as text.

    Example:
        >>> as_text(b"JFIF")
        'JFIF'
    """
    return bytes_or_text if isinstance(bytes_or_text, str) else bytes(bytes_or_text).decode(encoding)


as_str = as_text
