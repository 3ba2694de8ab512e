"""Journeys and looks in a real Chromium. Skipped, and counted, where there is none."""
