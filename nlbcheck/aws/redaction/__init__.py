"""How does a snapshot become one that can be shown to strangers, and still be diagnosed?"""
