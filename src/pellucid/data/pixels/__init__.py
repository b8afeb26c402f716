"""Images that people keep as numbers: tables with a column for each pixel, and NumPy's arrays in files and folders.

`form.py` says how numbers are images, and a model keeps it; `shapes.py` recognises it; `tables.py` and `arrays.py` read
files; `answers.py` makes classes of what is written beside them; `found.py` puts it together for commands.
"""
