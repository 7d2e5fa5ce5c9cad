"""The chapters of the journey, each told by itself; none knows another."""
