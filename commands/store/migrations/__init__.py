"""Migrations of what cannot be derived, a revision a file in `versions`, by Alembic."""
