"""The state to an assistant: read-only tools of the Model Context Protocol over stdio."""
