"""One module a family of experiments; `family.py` says what a family is, `registry.py` lists them."""
