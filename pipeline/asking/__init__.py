"""Asking a trained network: how an input is read, what the network heard of it, and the networks that MLflow serves."""
