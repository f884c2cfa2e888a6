"""How AWS's answers are read: one file a service area, one ``Kind`` a resource."""
