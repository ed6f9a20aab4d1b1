"""Measurements: how long our training and our features take, beside what others take for the same."""
