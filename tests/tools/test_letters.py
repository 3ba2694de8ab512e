"""Does the demonstration show the e-mails the product sends, and nothing else about them?"""

from __future__ import annotations

import smtplib
from email.message import EmailMessage

from tests.mailbox import open_mailbox


def test_an_e_mail_lies_on_the_page_with_its_link_and_as_text_alone() -> None:
    with open_mailbox() as box:
        assert "Ingen mails endnu" in box.answer().body.decode()
        message = EmailMessage()
        message["From"], message["To"] = "fravaer@demo.invalid", "lis@fjordby.invalid"
        message["Subject"] = "Din konto i Fravær"
        message.set_content("Hej <b>Lis</b>\n\nhttp://127.0.0.1:8000/login/begin/abc_d-e/\n")
        with smtplib.SMTP("127.0.0.1", box.port) as server:
            server.send_message(message)
        page = box.answer().body.decode()
        assert "Din konto i Fravær" in page
        assert "Til lis@fjordby.invalid" in page
        assert "Hej &lt;b&gt;Lis&lt;/b&gt;" in page
        assert 'href="http://127.0.0.1:8000/login/begin/abc_d-e/"' in page
