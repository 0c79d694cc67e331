"""Buying: suppliers, and the orders that they are sent."""
