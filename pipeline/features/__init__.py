"""From a clip to bands: the documents' FFT bands, corrected ones, log-mel."""
