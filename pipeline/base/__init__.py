"""Utilities that know nothing about experiments: files, console, processes, parallel work, charts."""
