"""Pages for people, on NiceGUI: nothing in a stage knows them."""
