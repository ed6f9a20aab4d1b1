"""The Jena weather station: its table and windows."""
