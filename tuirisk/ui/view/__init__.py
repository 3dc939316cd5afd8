"""The view: how the user looks at a state. Selection, sorting, commands and keys."""
