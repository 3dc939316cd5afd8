"""The error of a folder of files; imports nothing, for the command line catches it."""


class FolderError(Exception):
    """The folder cannot be used; the text says why and what to do."""
