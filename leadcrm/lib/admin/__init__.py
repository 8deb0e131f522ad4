"""What the managers' pages (Django's admin) of all rooms share. Knows no room."""
