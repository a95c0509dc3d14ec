"""The operators' desk, /admin: its own session cookie, its own layout, nothing shared with launched people."""
