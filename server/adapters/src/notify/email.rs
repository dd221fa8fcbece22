//! E-mail by a server that takes it: SMTP with TLS from the beginning or after a greeting.

use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::{AsyncSmtpTransport, Error};
use lettre::{AsyncTransport as _, Tokio1Executor};
use model::channel::{Mail, MailSecurity};
use model::registry::is_loopback;

use super::post::{excerpt, inner};
use super::{NotifyError, Outgoing, Sender};

/// For one command.
const COMMAND: Duration = Duration::from_secs(10);
/// For a whole message.
const LIMIT: Duration = Duration::from_secs(25);
const SUBJECT_MAX: usize = 250;

pub struct Email {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    to: Vec<Mailbox>,
    /// What follows the `@` of a message's id.
    host: String,
}

impl Email {
    pub fn new(mail: &Mail, password: Option<&str>, insecure: bool) -> Result<Self, NotifyError> {
        crate::tls::choose();
        if mail.security == MailSecurity::None && !insecure && !is_loopback(&mail.host) {
            return Err(NotifyError::Insecure);
        }
        let parameters = || {
            let made = TlsParameters::new_rustls(mail.host.clone());
            made.map_err(|error| NotifyError::Tls(excerpt(&error.to_string())))
        };
        let tls = match mail.security {
            MailSecurity::Tls => Tls::Wrapper(parameters()?),
            MailSecurity::StartTls => Tls::Required(parameters()?),
            MailSecurity::None => Tls::None,
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(mail.host.clone())
            .port(mail.port())
            .tls(tls)
            .timeout(Some(COMMAND));
        if let (Some(username), Some(password)) = (&mail.username, password) {
            builder = builder.credentials(Credentials::new(username.clone(), password.to_owned()));
        }
        let address = |text: &str| {
            text.parse::<Mailbox>().map_err(|error| NotifyError::Refused(format!("{text}: {error}")))
        };
        let host = mail.from.rsplit_once('@').map_or("quarterdeck", |(_, host)| host).to_owned();
        let to = mail.to.iter().map(|to| address(to)).collect::<Result<_, _>>()?;
        Ok(Self { transport: builder.build(), from: address(&mail.from)?, to, host })
    }

    fn message(&self, outgoing: &Outgoing<'_>) -> Result<Message, NotifyError> {
        let letter = outgoing.letter;
        let subject: String = letter.title.chars().filter(|c| !c.is_control()).take(SUBJECT_MAX).collect();
        // So that no holiday reply comes back.
        let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
        let mut builder = Message::builder()
            .from(self.from.clone())
            .subject(subject)
            .date(SystemTime::from(outgoing.now.datetime()))
            .message_id(Some(format!("<{}@{}>", outgoing.id, self.host)))
            .raw_header(HeaderValue::new(automatic, "auto-generated".to_owned()))
            .header(ContentType::TEXT_PLAIN);
        for to in &self.to {
            builder = builder.to(to.clone());
        }
        let text = letter.text();
        builder.body(text).map_err(|error| NotifyError::Refused(excerpt(&error.to_string())))
    }
}

#[async_trait]
impl Sender for Email {
    async fn send(&self, outgoing: &Outgoing<'_>) -> Result<String, NotifyError> {
        let message = self.message(outgoing)?;
        let sent = tokio::time::timeout(LIMIT, self.transport.send(message)).await;
        let answer = sent.map_err(|_| NotifyError::Timeout(LIMIT))?.map_err(|error| of_smtp(&error))?;
        let words = answer.message().collect::<Vec<_>>().join(" ");
        Ok(excerpt(&format!("{} {words}", answer.code())))
    }
}

/// The server's own words say most; a password is never among them.
fn of_smtp(error: &Error) -> NotifyError {
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = inner(cause) {
        cause = next;
    }
    let words = match error.status() {
        Some(code) => excerpt(&format!("{code} {cause}")),
        None => excerpt(&cause.to_string()),
    };
    let status = error.status().map(|code| code.to_string());
    if error.is_timeout() {
        NotifyError::Timeout(COMMAND)
    } else if error.is_tls() || cause.is::<rustls::Error>() {
        NotifyError::Tls(words)
    } else if status.is_some_and(|code| ["530", "534", "535", "538"].contains(&code.as_str())) {
        NotifyError::Unauthorized(words)
    } else if error.is_permanent() {
        NotifyError::Refused(words)
    } else if error.is_transient() {
        NotifyError::Busy { words, retry_after: None }
    } else if error.is_client() {
        // Such as a server that has no TLS, or none of our ways to sign in.
        NotifyError::Refused(words)
    } else if error.is_response() {
        NotifyError::Protocol(words)
    } else {
        NotifyError::Unreachable(words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::chat::tests::{letter, outgoing};

    fn mail() -> Mail {
        Mail {
            host: "smtp.example".to_owned(),
            from: "quarterdeck@example.com".to_owned(),
            to: vec!["ops@example.com".to_owned(), "ann@example.com".to_owned()],
            ..Mail::default()
        }
    }

    #[test]
    fn a_letter_becomes_a_message_in_plain_text() {
        let mut letter = letter();
        letter.title = "部署失败\r\nBcc: all@example.com".to_owned();
        let message = Email::new(&mail(), None, false).expect("a sender").message(&outgoing(&letter));
        let text = String::from_utf8(message.expect("a message").formatted()).expect("text");
        for line in [
            "From: quarterdeck@example.com\r\n",
            "To: ops@example.com, ann@example.com\r\n",
            "Message-ID: <msg_1@example.com>\r\n",
            "Date: Tue, 14 Nov 2023 22:13:20 +0000\r\n",
            "Auto-Submitted: auto-generated\r\n",
            "Content-Type: text/plain; charset=utf-8\r\n",
        ] {
            assert!(text.contains(line), "{text}");
        }
        assert!(text.contains("Subject: =?utf-8?b?") && !text.contains("\r\nBcc"), "{text}");
    }

    #[test]
    fn in_the_open_it_goes_to_this_host_alone_unless_it_is_allowed() {
        let open = Mail { security: MailSecurity::None, ..mail() };
        assert!(matches!(Email::new(&open, None, false), Err(NotifyError::Insecure)));
        assert!(Email::new(&open, None, true).is_ok());
        assert!(Email::new(&Mail { host: "localhost".to_owned(), ..open }, None, false).is_ok());
    }
}
