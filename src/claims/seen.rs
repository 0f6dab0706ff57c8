//! What a remote was last seen to hold, for those who do not ask it: lists need no network.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::local::Claims;
use super::shared::Notice;
use crate::base::{Timestamp, json, text};
use crate::fs::{read, write};

/// What was seen. May be gone or old at any time.
#[derive(Debug, Serialize, Deserialize)]
pub struct Seen {
    pub remote: String,
    /// By which the remote is known again when it is renamed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    /// When all of it was last asked for; part of it may be newer.
    pub(super) at: Timestamp,
    pub(super) notices: Vec<Notice>,
}

/// A ticket that another clone has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    pub notice: Notice,
    pub remote: String,
    /// When that was seen.
    pub seen: Timestamp,
}

impl Seen {
    /// What was last seen on a remote, which may have had another name then.
    pub(super) fn find(live: &Path, (remote, address): (&str, Option<&str>)) -> Option<Self> {
        let seen: Self = serde_json::from_slice(&read::find(&file(live)).ok()??).ok()?;
        (seen.remote == remote || address.is_some() && seen.address.as_deref() == address).then_some(seen)
    }
}

impl Claims {
    /// Changes what was seen on a remote, one process at a time; without it, lists only know less.
    pub(super) fn see(&self, (remote, address): (&str, Option<&str>), change: impl FnOnce(&mut Seen)) {
        let Ok(_lock) = self.lock() else { return };
        let (at, notices) = Seen::find(&self.live, (remote, address)).map_or((self.now, Vec::new()), |seen| (seen.at, seen.notices));
        let mut seen = Seen { remote: remote.to_owned(), address: address.map(str::to_owned), at, notices };
        change(&mut seen);
        drop(json::line(&seen).map(|text| write::replace(&file(&self.live), text.as_bytes())));
    }
}

fn file(live: &Path) -> PathBuf {
    live.join("claims-seen.json")
}

/// `by ana on `origin` since 2026-01-31T09:00:00Z, until 2026-01-31T09:30:00Z`.
impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Notice { by, since, expires, .. } = &self.notice;
        write!(f, "by {} on `{}` since {since}, until {expires}", text::one_line(by), text::one_line(&self.remote))
    }
}
