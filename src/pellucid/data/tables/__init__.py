"""Tables and lists that name image files, with what is to be learned of each."""
