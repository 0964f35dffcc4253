"""The server around the page: who comes in, and what comes through."""
