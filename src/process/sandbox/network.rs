//! How much of the network a program has: none, all, or a few places.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a program may reach.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(from = "Written", into = "Written")]
#[schemars(with = "Written")]
pub enum Network {
    /// Only its own 127.0.0.1 in a room; without one, nothing.
    #[default]
    None,
    Open,
    /// Only these, by way of a proxy that cmpm is.
    Only(Vec<Endpoint>),
}

/// As it stands in files.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Written {
    Whether(bool),
    Endpoints(Vec<Endpoint>),
}

impl From<Written> for Network {
    fn from(written: Written) -> Self {
        match written {
            Written::Whether(true) => Self::Open,
            Written::Whether(false) => Self::None,
            Written::Endpoints(endpoints) => Self::of(endpoints),
        }
    }
}

impl From<Network> for Written {
    fn from(network: Network) -> Self {
        match network {
            Network::None => Self::Whether(false),
            Network::Open => Self::Whether(true),
            Network::Only(endpoints) => Self::Endpoints(endpoints),
        }
    }
}

impl Network {
    pub fn of(endpoints: Vec<Endpoint>) -> Self {
        if endpoints.is_empty() { Self::None } else { Self::Only(endpoints) }
    }

    pub fn is_none(&self) -> bool {
        *self == Self::None
    }

    /// What both allow.
    #[must_use]
    pub fn and(self, other: &Self) -> Self {
        match (self, other) {
            (Self::None, _) | (_, Self::None) => Self::None,
            (Self::Open, narrower) => narrower.clone(),
            (narrower, Self::Open) => narrower,
            (Self::Only(endpoints), Self::Only(others)) => {
                Self::of(endpoints.into_iter().filter(|endpoint| others.contains(endpoint)).collect())
            }
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Open => f.write_str("all"),
            Self::Only(endpoints) => f.write_str(&endpoints.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")),
        }
    }
}

/// A host and a port, such as `api.example.com:443`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Endpoint {
    pub host: String,
    pub port: u16,
}

impl FromStr for Endpoint {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no host and port, such as `api.example.com:443`");
        let (host, port) = text.rsplit_once(':').ok_or_else(wrong)?;
        let is_name = |host: &str| !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
        let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or_default();
        let is_address = address.contains(':') && address.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b':');
        let is_host = is_address || is_name(host);
        let port = port.parse().ok().filter(|port| *port > 0).filter(|_| is_host && host.len() <= 253);
        Ok(Self { host: host.to_ascii_lowercase(), port: port.ok_or_else(wrong)? })
    }
}

impl TryFrom<String> for Endpoint {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Endpoint> for String {
    fn from(endpoint: Endpoint) -> Self {
        endpoint.to_string()
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}
