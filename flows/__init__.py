"""The Prefect flows, and nothing else. Nothing imports this package."""
