"""The one path of a call: cache → budget → pace → send → validate → record."""
