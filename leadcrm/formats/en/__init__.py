"""In English, as people in the United States read them."""
