"""What the services tell each other: one file of events per publishing service.

`python -m shared.contracts generate` writes the documents under `docs/events/` from them.
"""
