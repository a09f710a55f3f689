"""From bytes to pieces: formats, archives, encodings, what a dump says about its articles."""
