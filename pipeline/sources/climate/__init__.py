"""The weather station of Jena: its table and windows."""
