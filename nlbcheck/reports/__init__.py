"""Reports as files: read back, held against each other, and joined."""
