"""The configuration: its model, its file, the rules of its values, and the program's directories."""
