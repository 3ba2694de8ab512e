"""The views of reports beside the quarter: a module for each group of pages."""
