"""What do other monitoring systems need to make the same probes themselves?"""
