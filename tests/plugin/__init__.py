"""Tests of the window and its layers."""
