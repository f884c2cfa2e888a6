"""What does a packet meet on its path, and what does each of these things do with it?"""
