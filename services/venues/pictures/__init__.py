"""Pictures that strangers send: looked at and made anew in processes of their own."""
