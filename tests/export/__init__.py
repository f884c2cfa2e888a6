"""Files for other monitoring systems, read by those systems themselves."""
