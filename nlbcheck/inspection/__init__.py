"""A look at a target from inside: read-only commands, what they answer, and what that means."""
