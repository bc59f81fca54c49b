"""A store on PostgreSQL: many runs and many people on one database (extra `postgres`)."""
