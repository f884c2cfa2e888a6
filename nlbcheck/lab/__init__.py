"""The lab: a network of namespaces on this machine, with real addresses and real packets."""
