//! Alert rules judged on their grid, and the book of alerts.
