"""The service killed, stopped and watched under load; `make faults` runs these."""
