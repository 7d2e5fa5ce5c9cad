"""Figures for the tourism office: visits booked and arrived, added up from events."""
