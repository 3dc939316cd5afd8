"""What no true message of the exchange can say is dropped, before the market sees it."""
