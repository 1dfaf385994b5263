"""Interactive panels for notebooks."""
