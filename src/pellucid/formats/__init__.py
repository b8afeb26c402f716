"""Files on disk and what they hold: one module per format, bytes to (config, arrays) and back.

Nothing here knows a model or an engine. Whatever is read is treated as hostile: every size is checked against a limit
before memory is taken, nothing in a file is ever executed, and no file is opened because another file names it.
"""
