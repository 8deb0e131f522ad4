"""Demonstration data: an office, a vendor, and a week of leads that came through the front door.

`seed.seed_demo` is the way in. Every person is made up: “Demo Person 12”, example.com, 555-01xx.
"""
