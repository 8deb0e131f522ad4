"""The do-not-call registry: lists held as bitmaps in PostgreSQL, imported, asked, scrubbed against, remembered.

`lookup` asks (one number inside a larger statement, or a million at once), `imports` loads.
"""
