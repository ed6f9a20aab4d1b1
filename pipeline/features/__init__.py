"""From a clip to bands: the documents' FFT bands, the corrected ones, and log-mel bands."""
