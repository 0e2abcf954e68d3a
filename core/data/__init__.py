"""Data: tables and classes of one's own, story data sets and where they come from."""
