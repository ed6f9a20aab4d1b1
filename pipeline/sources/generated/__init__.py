"""Data that are generated, not fetched: strings of the automaton, the song."""
