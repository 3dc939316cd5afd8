"""Named watchlists and the file that keeps them."""
