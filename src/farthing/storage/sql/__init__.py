"""What the SQL storages share: schema, statements and the rules of rows and rollups, written once for all dialects.

Everything here is `async def` over a `Transaction`; how a transaction reaches its database is each storage's own.
"""
