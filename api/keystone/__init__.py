"""The identity dialect at `/identity/v3`: API tokens, as Keystone's clients ask for them."""
