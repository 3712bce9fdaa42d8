"""The event log on SQLAlchemy Core, behind the interfaces of the `eventsourcing` library."""
