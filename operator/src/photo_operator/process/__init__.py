"""The operator's process: watches, the loop of each platform, HTTP, the watchdog."""
