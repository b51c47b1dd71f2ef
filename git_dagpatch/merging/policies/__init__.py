"""Rules of a team that decide what is not certain, where they are asked for."""
