"""The root dialect: both documents at `/servers`, in the one form that the contract settles."""
