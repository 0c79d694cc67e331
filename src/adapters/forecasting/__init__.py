"""Statistical models of others."""
