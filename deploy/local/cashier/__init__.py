"""The cashier of the payment method `sandbox`: it takes no money, and does all else."""
