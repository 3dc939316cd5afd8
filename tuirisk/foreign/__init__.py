"""What comes from outside: texts made printable, bytes decoded, each in one place."""
