"""Runs and their keys, and the worker processes that train them."""
