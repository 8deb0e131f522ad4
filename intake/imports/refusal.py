"""Why a file is refused whole."""


class FileRefused(ValueError):
    """A file that is not imported at all; the message says what is wrong and where, for people, and quotes nothing."""
