"""The configuration: model, file, rules of its values, and directories."""
