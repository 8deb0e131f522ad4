"""The evidence pack: everything kept about one phone number, in one file that explains and verifies itself.

`make_pack` is the way in. collect (rows, lists, rules) -> pure views of it (gaps, timeline) -> report, archive.
"""
