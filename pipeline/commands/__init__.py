"""The commands of `make` other than the stages."""
