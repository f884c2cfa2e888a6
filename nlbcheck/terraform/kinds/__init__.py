"""What does each kind of Terraform resource do to AWS's answers? Each is put there and taken away."""
