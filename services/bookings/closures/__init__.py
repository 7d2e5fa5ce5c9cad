"""Closures as bookings obeys them: sales stop at once, what was sold is called off afterwards.

What is shut is marked on the slots and on their own pools, in one transaction. Whoever takes places
locks these pools and finds nothing left, whatever they had planned before; see `obeying.py`.
"""
