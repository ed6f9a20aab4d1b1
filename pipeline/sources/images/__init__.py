"""Images of digits: scikit-learn's, and MNIST."""
