"""What is made from the code and committed: API documents, event schemas, settings, snapshot."""
