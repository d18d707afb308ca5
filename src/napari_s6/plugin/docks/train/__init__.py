"""The *Train S6* dock."""
