"""Another tuirisk's states: the protocol of ``tuirisk serve``, and the viewer's side of it."""
