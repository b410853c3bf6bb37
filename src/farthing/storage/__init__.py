"""The only room that opens a database. Everybody else knows `storage.contract` alone."""
