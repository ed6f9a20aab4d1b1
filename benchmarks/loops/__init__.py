"""Loops that the documents' code runs in Python, one call after the other, compared with the pipeline's.

The song: `fit` for every epoch, batches of 1 (`melody`). The weather: a generator that gathers window by window
(`climate`). The automaton: a call of the random generator for every choice (`strings`).
"""
