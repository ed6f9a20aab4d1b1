"""What `make` calls beside the stages."""
