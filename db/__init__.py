"""Everything mutable: texts, corrections, accepted labels, releases and events, in SQLite or PostgreSQL."""
