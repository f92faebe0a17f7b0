"""Stand-ins for what production provides: PostgreSQL, a Redis server, a mail server and the payment provider.

The settings ask `addresses` where they are. Nothing here is used, and none of the servers' packages is imported,
when DATABASE_URL, REDIS_URL, EMAIL_URL and STRIPE_API_BASE say where the real ones are.
"""
