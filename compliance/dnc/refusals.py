"""Why an import is refused. Messages name files and lines, never a phone number."""


class ImportRefusedError(Exception):
    """The import cannot go on and nothing has changed. The text is for the person who started it."""


class NeedsConfirmationError(ImportRefusedError):
    """The import looks like a mistake; if it is right, the same call with `confirm` does it."""


class FileRefusedError(ImportRefusedError):
    """A file cannot be read as a do-not-call list."""

    def __init__(self, file: str, why: str, line: int | None = None) -> None:
        """`line` counts from 1."""
        super().__init__(f"{file}, line {line}: {why}" if line else f"{file}: {why}")
        self.file, self.line, self.why = file, line, why
