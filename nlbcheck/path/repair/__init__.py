"""What should have carried a packet that routes do not take to its destination? Asked once it is stopped."""
