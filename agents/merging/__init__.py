"""Two leads of one person made one to work with: one stays, the other says where it went; and the way back."""
