"""Figures by day: kept in the background (update), counted anew (counting), added up for reports (reading)."""
