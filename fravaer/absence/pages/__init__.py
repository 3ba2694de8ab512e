"""The views of absence beside those of the register: a module for each group of pages."""
