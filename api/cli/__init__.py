"""The command line, `rackledger`."""
