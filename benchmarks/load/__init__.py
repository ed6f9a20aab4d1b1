"""Load tests of the services and the tracking store: what is lost or duplicated, and what it costs."""
