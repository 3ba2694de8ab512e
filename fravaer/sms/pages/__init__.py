"""The views of sms beside the list of messages: a module for each group of pages."""
