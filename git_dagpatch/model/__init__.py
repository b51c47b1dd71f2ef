"""Values only: what the other layers talk about. Imports nothing of the project but itself."""
