"""The doors of the roof: the home page, search, activity, health, settings, and what is said when something breaks."""
