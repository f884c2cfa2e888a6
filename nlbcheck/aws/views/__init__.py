"""What can be asked of a recorded state: one file a service area, joined in ``World``."""
