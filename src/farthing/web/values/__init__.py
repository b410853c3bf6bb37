"""Features, models, users and tenants: the values of a dimension ranked, and a page for each of them."""
