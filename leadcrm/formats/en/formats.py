"""Nov 25, 2026, 2:05 PM: wherever a page shows a moment or day and says no format of its own (FORMAT_MODULE_PATH)."""

DATE_FORMAT = "M j, Y"
TIME_FORMAT = "g:i A"
DATETIME_FORMAT = "M j, Y, g:i A"
