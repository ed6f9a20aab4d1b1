"""One module per family of experiments; `family.py` defines what a family is, `registry.py` lists them."""
