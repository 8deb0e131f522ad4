"""Ping and post: a vendor asks for interest and price before it hands over a person (wire-contract section 8)."""
