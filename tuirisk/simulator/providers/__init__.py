"""Other people's data as the embedded exchange serves them: their protocols, invented numbers."""
