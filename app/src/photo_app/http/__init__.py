"""What every endpoint shares: middleware, problems, parameters, pages, limits. Knows no noun."""
