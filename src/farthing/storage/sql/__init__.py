"""What the SQL storages share.

Schema, statements and the rules of rows and rollups, written once for all dialects.

Everything here is `async def` over a `Transaction`; how a transaction reaches its database is each storage's
own.
"""
