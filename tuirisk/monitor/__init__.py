"""The monitor: drains events, assesses, publishes; its thread, warm start and simulations."""
