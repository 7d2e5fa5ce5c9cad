"""Everything that can run out, and who has it: pools, orders, tickets, check-ins."""
