"""Use cases of buying."""
