"""Values rendered: text for people."""
