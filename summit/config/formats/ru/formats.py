"""Russian: Django puts the month of a day without a year in the nominative."""

MONTH_DAY_FORMAT = "j E"
