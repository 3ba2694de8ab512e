"""The views of cases beside the lists: a module for each group of pages."""
