"""`make run` and friends: the product with its own PostgreSQL and broker, under one supervisor.

Nothing here is imported by the product. An installation with services of its own needs none of it; manage.py only
looks whether such an instance runs when no DATABASE_URL is set.
"""
