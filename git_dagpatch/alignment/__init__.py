"""What corresponds to what: lines, files; and three texts at once (diff3)."""
