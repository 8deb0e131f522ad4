"""Addresses for other systems: requests to stop."""
