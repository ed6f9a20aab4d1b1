"""Networks in Keras: cells and their loop over time, what stands before and behind them, and the whole model."""
