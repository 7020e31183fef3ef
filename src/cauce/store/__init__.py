"""Records and files by digest, in a workspace: an ordinary folder, no server."""
