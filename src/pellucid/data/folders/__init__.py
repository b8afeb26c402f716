"""Folders of files as data sets: of which class each file is, what the files are like, batches of them."""
