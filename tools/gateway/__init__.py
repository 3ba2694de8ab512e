"""What answers the product when it sends an SMS on a machine where no SMS may leave?

A local SMS provider: a separate process that speaks the Twilio Messages API over HTTP, so that the demo and
the tests run the same client code as production and differ only in base URL and credentials. It listens on
127.0.0.1, calls back to loopback addresses only, and never opens any other connection.

    python -m tools.gateway --port 8026 --account-sid AC… --auth-token …
        [--state FILE] [--latency MS] [--delay SECONDS] [--sender NAME] [--inbound URL]

=======================================================  ====================================================
POST /2010-04-01/Accounts/{account}/Messages.json        create: 201, or Twilio's error JSON
GET  /2010-04-01/Accounts/{account}/Messages/{sid}.json  fetch
GET  /2010-04-01/Accounts/{account}/Messages.json        list (To, From, DateSent, DateSent<, DateSent>,
                                                         PageSize, PageToken), newest first
GET  /                                                   the parents' phones, for people
POST /reply                                              an answer from one of the phones, with --inbound
GET  /ledger                                             what was accepted, refused and called back, as JSON
GET  /control, POST /control, POST /control/reset        the fault knobs (see ``tools.gateway.faults``)
GET  /healthz                                            ``ok`` when the ledger can be read
=======================================================  ====================================================

A message is ``queued``, after one delay ``sent``, after another ``delivered``. Every change but the first is
POSTed to the message's StatusCallback, signed as Twilio signs. ``StatusCallback`` may carry Twilio's
connection overrides in its fragment (``#rc=5&rp=all&ct=2000&rt=5000``); without them a call is repeated once,
and only if nobody could be reached.

Behaviour by number: any well-formed number works, and the last four digits choose what happens to it. "First"
means that the first create to that number meets the fault and the next one does not, in turn.

======  ================================================================================================
suffix  what happens
======  ================================================================================================
9901    refused, 400 / 21211: not a valid number
9902    refused, 400 / 21614: a landline
9903    refused, 400 / 21610: the recipient has opted out
9904    refused, 400 / 21612: no route to the number
9905    refused, 400 / 21408: the country is not enabled
9911    accepted, ends ``undelivered`` 30003: the phone is off or out of reach
9912    accepted, ends ``undelivered`` 30005: unknown number
9913    accepted, ends ``undelivered`` 30006: a landline, or a carrier that cannot be reached
9914    accepted, ends ``undelivered`` 30007: filtered
9915    accepted, ends ``failed`` 30001: the queue overflowed
9916    delivered late: fifteen delays after it was sent
9917    stays ``sent``: the carrier never confirms
9918    delivered, but no callback is ever made
9919    stays ``queued`` until its ValidityPeriod is over, then ``failed`` 30036
9921    delivered, every callback made twice
9922    delivered, the callbacks arrive in reverse order
9923    delivered, the first callback arrives before the create is answered
9931    first: 429 / 20429, not accepted
9932    first: 500 / 20500, not accepted
9933    first: 500 / 20500, although accepted
9934    first: no answer, not accepted
9935    first: no answer, although accepted
9936    first: connection reset, although accepted
9937    first: connection reset, not accepted
9938    first: 201 with a body that is no JSON, although accepted
9939    always 503, not accepted
======  ================================================================================================

Senders: any alphanumeric sender of at most eleven letters, digits and spaces with at least one letter, and
any well-formed number (only the given ones, if ``--sender`` is used), except +15005550001 (21212),
+15005550007 (21606) and +15005550008 (21611), which mean the same as with Twilio's test credentials.

With ``--inbound`` the phones can answer a sender that is a number. The customer is told at that address, signed; a phone that
answers STOP gets nothing more from that sender (21610) until it answers START.

The state file is a SQLite database: it is the provider's own ledger, and the provider is not part of the
product. Killing the process at any moment loses no accepted message; what was still to be done is done after
the restart.
"""
