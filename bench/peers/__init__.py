"""What the service is measured beside: one small service a module, all with the same routes."""
