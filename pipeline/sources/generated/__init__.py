"""Data that are made and not fetched: strings of the automaton, the song."""
