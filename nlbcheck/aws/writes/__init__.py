"""What AWS's calls that change something do to a recorded state: one file a resource."""
