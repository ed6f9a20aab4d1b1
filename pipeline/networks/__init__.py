"""Networks in Keras: cells and their loop over time, front ends, read-outs, and the whole model."""
