"""What stops a start, in words for the person at the keyboard."""

import errno


class CannotStart(Exception):
    """A reason to stop that its reader can act on; shown without a traceback."""


def explain(error: OSError, doing: str) -> CannotStart:
    """The system's refusal of `doing` as a sentence: what failed, and what usually helps."""
    hints = {
        errno.ENOSPC: "The disk is full; free some space and start again.",
        errno.EDQUOT: "Your disk quota is used up; free some space and start again.",
        errno.EROFS: "The file system is read-only; set DATA_DIR to a folder that can be written.",
        errno.EACCES: "You may not write there; set DATA_DIR to a folder of yours.",
        errno.EPERM: "You may not write there; set DATA_DIR to a folder of yours.",
        errno.ENOTDIR: "Part of that path is a file; set DATA_DIR to a folder.",
        errno.EEXIST: "There is a file of that name; set DATA_DIR to a folder.",
    }
    reason = error.strerror or str(error)
    return CannotStart(f"{doing} failed: {reason}. {hints.get(error.errno or 0, '')}".rstrip())
