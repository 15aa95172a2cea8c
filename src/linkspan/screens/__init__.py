"""One typed read for each page: what it shows, what may be done, whose turn it is. Faces render and return it."""
