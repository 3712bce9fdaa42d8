"""The rules of servers and tokens: values, events, decisions. No I/O and no clock."""
