"""Given a position and a packet: what does the packet meet there, and where is it next?

Routes alone decide. Where a packet is to go plays no part here, nor what would get it there.
"""
