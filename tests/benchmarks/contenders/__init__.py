"""Those whose workers are compared: ours and its peers, each started, filled, watched and checked in its own way."""
