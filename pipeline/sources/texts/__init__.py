"""Reviews and wires: IMDB and Reuters as Keras ships them, and their windows."""
