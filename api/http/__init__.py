"""What every dialect shares of HTTP: the exchange, routes, callers, conditions, errors, limits."""
