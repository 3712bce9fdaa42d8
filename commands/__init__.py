"""The write side: from a request to records, in one transaction a batch."""
