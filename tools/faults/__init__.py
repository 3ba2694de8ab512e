"""What becomes of a morning's messages when something fails, measured on real processes?

A database, a broker, the local SMS gateway, a web process for its callbacks, Celery workers and beats: all real, all killed,
frozen or made to lie in turn. The truth is the gateway's own ledger. Only the clock is not the wall's: the product's runs
thirty times as fast, so that the minutes it waits before it believes that a message is lost pass in seconds.
"""
