"""One file for each thing that can break."""
