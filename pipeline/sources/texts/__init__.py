"""Reviews and newswires: IMDB and Reuters as Keras ships them, and their windows."""
