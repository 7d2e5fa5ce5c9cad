"""What can be booked, where and when: villages, venues, offerings, schedules, slots, approval."""
