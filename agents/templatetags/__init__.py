"""What templates of several pages ask of the agents app."""
