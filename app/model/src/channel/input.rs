//! What a person says about a channel, and every mistake in it at once.

use serde::{Deserialize, Serialize};

use super::{Access, ChannelKind, Language, Wants};
use crate::id::{ChannelName, EnvironmentName, NAME_MAX, NameError};
use crate::image::is_host;
use crate::problem::{Fault, FieldError};
use crate::registry::{Address, is_loopback};

const URL_MAX: usize = 2_048;
const SECRET_MIN: usize = 16;
const SECRET_MAX: usize = 1_024;
const ADDRESS_MAX: usize = 254;
const RECEIVERS_MAX: usize = 50;
const ENVIRONMENTS_MAX: usize = 100;

/// How a mail server is spoken to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MailSecurity {
    /// TLS from the beginning, port 465.
    #[default]
    Tls,
    /// TLS after a greeting in the open, port 587.
    StartTls,
    /// In the open, port 25.
    None,
}

impl MailSecurity {
    pub const ALL: [Self; 3] = [Self::Tls, Self::StartTls, Self::None];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tls => "tls",
            Self::StartTls => "start_tls",
            Self::None => "none",
        }
    }

    pub const fn port(self) -> u16 {
        match self {
            Self::Tls => 465,
            Self::StartTls => 587,
            Self::None => 25,
        }
    }
}

/// How mail is sent. The password stands apart.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = ChannelMail))]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// The mail server: `smtp.example`.
    pub host: String,
    /// That of `security` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    #[serde(default)]
    pub security: MailSecurity,
    /// Absent: nobody signs in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// `quarterdeck@example.com`
    pub from: String,
    pub to: Vec<String>,
}

impl Mail {
    pub fn port(&self) -> u16 {
        self.port.unwrap_or_else(|| self.security.port())
    }
}

const fn yes() -> bool {
    true
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ChannelInput {
    pub name: String,
    pub kind: ChannelKind,
    #[serde(default = "yes")]
    pub enabled: bool,
    #[serde(default)]
    pub language: Language,
    #[serde(default)]
    pub wants: Wants,
    /// Only what belongs to these; all when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub environments: Vec<String>,
    /// Only ever written. Where messages are posted to; of an Alertmanager its root. Absent: the one that is kept stays, with
    /// its secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Only ever written. What messages are signed with (`webhook`, `ding_talk`, `feishu`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// Of an `email` channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail: Option<Mail>,
    /// Only ever written. Of the mail server's user. Absent: the one that is kept stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// Allow plain HTTP, or mail without TLS, to a host that is not this one.
    #[serde(default)]
    pub insecure: bool,
}

impl std::fmt::Debug for ChannelInput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChannelInput")
            .field("name", &self.name)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// What was said, when there is no mistake in it. Without what is sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = ChannelSettings))]
pub struct Settings {
    pub name: ChannelName,
    pub kind: ChannelKind,
    pub enabled: bool,
    pub language: Language,
    pub wants: Wants,
    /// All when empty.
    pub environments: Vec<EnvironmentName>,
    /// The server that is spoken to, without the path: `https://hooks.example`.
    pub address: String,
    /// Whether messages are signed, or the mail server's user has a password.
    pub has_secret: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail: Option<Mail>,
    /// Plain text is allowed to a host that is not this one.
    pub insecure: bool,
}

impl ChannelInput {
    /// Every mistake, by its field. `before`: the channel that is changed; what is sealed of it stays together, and with what
    /// it was given for: then there is no [`Access`].
    pub fn check(&self, before: Option<&Settings>) -> Result<(Settings, Option<Access>), Vec<FieldError>> {
        let mut errors = Vec::new();
        let name = self.name.parse::<ChannelName>().map_err(|error| {
            let fault = match error {
                NameError::Empty => Fault::Required,
                NameError::TooLong => Fault::TooLong { max: NAME_MAX },
                NameError::NotDnsLabel => Fault::NotDnsLabel,
            };
            errors.push(FieldError::new("/name", fault));
        });
        if self.kind.alerts_only() {
            let told = [
                ("/wants/deployments", self.wants.deployments.is_some()),
                ("/wants/approvals", self.wants.approvals),
            ];
            for (path, _) in told.into_iter().filter(|(_, wanted)| *wanted) {
                let reason = "cannot be told to an Alertmanager, which takes alerts alone".to_owned();
                errors.push(FieldError::new(path, Fault::Other { reason }));
            }
        }
        let environments = self.check_environments(&mut errors);
        let (address, access) = if self.kind == ChannelKind::Email {
            self.check_mail(before, &mut errors)
        } else {
            self.check_hook(before, &mut errors)
        };
        let (Ok(name), Some(address), true) = (name, address, errors.is_empty()) else { return Err(errors) };
        let has_secret = match &access {
            Some(Access::Hook { secret, .. }) => secret.is_some(),
            Some(Access::Mail { password }) => password.is_some(),
            None => before.is_some_and(|before| before.has_secret),
        };
        let settings = Settings {
            name,
            kind: self.kind,
            enabled: self.enabled,
            language: self.language,
            wants: self.wants.clone(),
            environments,
            address,
            has_secret,
            mail: self.mail.as_ref().filter(|_| self.kind == ChannelKind::Email).map(tidy),
            insecure: self.insecure,
        };
        Ok((settings, access))
    }

    fn check_environments(&self, errors: &mut Vec<FieldError>) -> Vec<EnvironmentName> {
        if self.environments.len() > ENVIRONMENTS_MAX {
            errors.push(FieldError::new("/environments", Fault::TooMany { max: ENVIRONMENTS_MAX }));
            return Vec::new();
        }
        let mut known: Vec<EnvironmentName> = Vec::new();
        for (index, name) in self.environments.iter().enumerate() {
            let path = format!("/environments/{index}");
            match name.trim().parse::<EnvironmentName>() {
                Err(_) => errors.push(FieldError::new(path, Fault::NotDnsLabel)),
                Ok(name) if known.contains(&name) => {
                    errors.push(FieldError::new(path, Fault::Duplicate { value: name.to_string() }));
                }
                Ok(name) => known.push(name),
            }
        }
        known
    }

    fn check_hook(
        &self,
        before: Option<&Settings>,
        errors: &mut Vec<FieldError>,
    ) -> (Option<String>, Option<Access>) {
        let secret = self.secret.as_deref().filter(|secret| !secret.is_empty());
        foreign(&[("/mail", self.mail.is_some()), ("/password", self.password.is_some())], errors);
        if let Some(secret) = secret {
            if !self.kind.signs() {
                errors.push(FieldError::new("/secret", Fault::Unknown { similar: None }));
            } else if secret.len() > SECRET_MAX {
                errors.push(FieldError::new("/secret", Fault::TooLong { max: SECRET_MAX }));
            } else if secret.contains(|c: char| c.is_control()) {
                errors.push(FieldError::new("/secret", Fault::ControlCharacter));
            } else if self.kind == ChannelKind::Webhook && secret.len() < SECRET_MIN {
                errors.push(FieldError::new("/secret", Fault::TooShort { min: SECRET_MIN }));
            }
        }
        let Some(url) = filled(self.url.as_deref()) else {
            let fault = match before {
                None => Some(Fault::Required),
                Some(before) if before.kind != self.kind || secret.is_some() => Some(Fault::NeededAgain),
                Some(_) => None,
            };
            let kept = before.filter(|_| fault.is_none()).map(|before| before.address.clone());
            let open = kept.as_deref().and_then(Address::parse_server).is_some_and(|it| self.forbids(&it));
            let fault = if open { Some(Fault::InsecureAddress) } else { fault };
            errors.extend(fault.map(|fault| FieldError::new("/url", fault)));
            return (kept, None);
        };
        // Receivers cannot tell who speaks where nothing is signed.
        if self.kind == ChannelKind::Webhook && secret.is_none() {
            errors.push(FieldError::new("/secret", Fault::Required));
        }
        let fine = !url.contains(|c: char| c.is_whitespace() || c.is_control() || c == '#');
        let address = Address::with_path(url).map(|(address, _)| address).filter(|_| fine);
        match &address {
            _ if url.len() > URL_MAX => errors.push(FieldError::new("/url", Fault::TooLong { max: URL_MAX })),
            None => errors.push(FieldError::new("/url", Fault::NotWebAddress)),
            Some(address) if self.forbids(address) => {
                errors.push(FieldError::new("/url", Fault::InsecureAddress));
            }
            Some(_) => {}
        }
        let access = Access::Hook { url: url.to_owned(), secret: secret.map(str::to_owned) };
        (address.map(|address| address.to_string()), Some(access))
    }

    fn forbids(&self, address: &Address) -> bool {
        !address.https && !self.insecure && !is_loopback(address.host())
    }

    fn check_mail(
        &self,
        before: Option<&Settings>,
        errors: &mut Vec<FieldError>,
    ) -> (Option<String>, Option<Access>) {
        foreign(&[("/url", self.url.is_some()), ("/secret", self.secret.is_some())], errors);
        let Some(mail) = &self.mail else {
            errors.push(FieldError::new("/mail", Fault::Required));
            return (None, None);
        };
        let mail = tidy(mail);
        if mail.host.is_empty() {
            errors.push(FieldError::new("/mail/host", Fault::Required));
        } else if mail.host.contains(':') || !is_host(&mail.host) {
            errors.push(FieldError::new("/mail/host", Fault::NotHost));
        } else if mail.security == MailSecurity::None && !self.insecure && !is_loopback(&mail.host) {
            let reason =
                "must be reached with TLS; mail in the open to another host must be allowed by insecure";
            errors.push(FieldError::new("/mail/security", Fault::Other { reason: reason.to_owned() }));
        }
        if mail.port == Some(0) {
            errors.push(FieldError::new("/mail/port", Fault::OutOfRange { min: 1.0, max: 65_535.0 }));
        }
        if mail.from.is_empty() {
            errors.push(FieldError::new("/mail/from", Fault::Required));
        } else if !is_mail_address(&mail.from) {
            errors.push(FieldError::new("/mail/from", Fault::NotMailAddress));
        }
        if mail.to.is_empty() {
            errors.push(FieldError::new("/mail/to", Fault::Required));
        } else if mail.to.len() > RECEIVERS_MAX {
            errors.push(FieldError::new("/mail/to", Fault::TooMany { max: RECEIVERS_MAX }));
        }
        for (index, to) in mail.to.iter().enumerate().filter(|(_, to)| !is_mail_address(to)) {
            let fault = if to.is_empty() { Fault::Empty } else { Fault::NotMailAddress };
            errors.push(FieldError::new(format!("/mail/to/{index}"), fault));
        }
        let access = self.check_password(&mail, before, errors);
        (Some(format!("{}:{}", mail.host, mail.port())), access)
    }

    /// A password is never sent to another server, or in another way, than it was given for.
    fn check_password(
        &self,
        mail: &Mail,
        before: Option<&Settings>,
        errors: &mut Vec<FieldError>,
    ) -> Option<Access> {
        for (path, text) in
            [("/mail/username", mail.username.as_deref()), ("/password", self.password.as_deref())]
        {
            let Some(text) = text else { continue };
            if text.len() > SECRET_MAX {
                errors.push(FieldError::new(path, Fault::TooLong { max: SECRET_MAX }));
            } else if text.contains(|c: char| c.is_control()) {
                errors.push(FieldError::new(path, Fault::ControlCharacter));
            }
        }
        let password = self.password.as_deref().filter(|password| !password.is_empty());
        if mail.username.is_none() {
            if password.is_some() {
                errors.push(FieldError::new("/mail/username", Fault::Required));
            }
            return Some(Access::Mail { password: None });
        }
        if let Some(password) = password {
            return Some(Access::Mail { password: Some(password.to_owned()) });
        }
        let kept = before.filter(|before| before.has_secret).and_then(|before| before.mail.as_ref());
        let of = |mail: &Mail| (mail.host.clone(), mail.port(), mail.security, mail.username.clone());
        let fault = match kept {
            None => Some(Fault::Required),
            Some(kept) if of(kept) != of(mail) => Some(Fault::NeededAgain),
            Some(_) => None,
        };
        errors.extend(fault.map(|fault| FieldError::new("/password", fault)));
        None
    }
}

/// Refuses fields of the other kinds.
fn foreign(fields: &[(&str, bool)], errors: &mut Vec<FieldError>) {
    let given = fields.iter().filter(|(_, given)| *given);
    errors.extend(given.map(|(path, _)| FieldError::new(*path, Fault::Unknown { similar: None })));
}

/// Without blanks around, and without what is empty.
fn tidy(mail: &Mail) -> Mail {
    Mail {
        host: mail.host.trim().to_ascii_lowercase(),
        port: mail.port,
        security: mail.security,
        username: filled(mail.username.as_deref()).map(str::to_owned),
        from: mail.from.trim().to_owned(),
        to: mail.to.iter().map(|to| to.trim().to_owned()).collect(),
    }
}

/// What was meant as something.
fn filled(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

/// `name@host`, in the letters that every mail server takes.
fn is_mail_address(text: &str) -> bool {
    let Some((name, host)) = text.rsplit_once('@') else { return false };
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&b);
    text.len() <= ADDRESS_MAX
        && (1..=64).contains(&name.len())
        && name.bytes().all(allowed)
        && !name.starts_with('.')
        && !name.ends_with('.')
        && !name.contains("..")
        && !host.contains(':')
        && is_host(host)
}
