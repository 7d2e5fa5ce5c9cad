"""Money of orders: what arrives, what goes back, and the books."""
