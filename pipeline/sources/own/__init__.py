"""Sounds of one's own: a folder or a table of files becomes clips with classes, recordings and folds."""
