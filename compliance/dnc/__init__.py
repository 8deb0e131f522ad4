"""The do-not-call registry: lists held as bitmaps in PostgreSQL, asked in one probe, never forgotten.

`lookup` asks (one number inside a larger statement, or a million at once), `imports` loads.
"""
