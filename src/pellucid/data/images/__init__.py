"""Image files and what is done with images: decoded, turned, resized, moved, compared."""
