"""Data sets with a name, and the files in which people have them: found, fetched, read without executing anything."""
