"""Posting instructions: what one source's vendor needs to integrate, on a page that needs no log-in."""
