"""Managers' desks of figures: tables of what reports tell, with a way from every number to the rows behind it."""
