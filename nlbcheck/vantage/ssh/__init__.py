"""What can be reached from a host behind SSH, with nothing installed there?"""
