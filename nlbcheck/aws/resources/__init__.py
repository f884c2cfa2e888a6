"""What is there in AWS: one file a resource, with its type, how AWS's answer is read, and its lookups."""
