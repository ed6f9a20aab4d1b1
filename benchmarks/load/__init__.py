"""The services and the tracking store under load: nothing lost, nothing doubled, and what it costs."""
