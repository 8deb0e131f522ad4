"""Leads that look like one person's: kept in groups in the background, told apart by people."""
