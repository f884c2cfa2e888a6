"""What would real packets do on this network? It is brought up on this machine, in namespaces."""
