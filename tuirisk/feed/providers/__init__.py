"""Other people's data: one module a provider, one runner for each of them."""
