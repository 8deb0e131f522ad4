"""The second factor: who must have one, setting it up, asking for it, closing every page until it was given."""
