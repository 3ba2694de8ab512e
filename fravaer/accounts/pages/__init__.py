"""The views of accounts beside signing in: a module for each group of pages."""
