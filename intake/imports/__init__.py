"""Leads from files: read whole or refused whole, then line by line through the same door as posts."""
