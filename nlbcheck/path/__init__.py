"""What does a packet meet on its way, and what does each of these things do with it?"""
