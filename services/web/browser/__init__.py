"""What a browser keeps for us, and how we know that a form is ours."""
