//! Which session is current: a live fact of one work tree, never committed.

use std::path::PathBuf;

use crate::base::Result;
use crate::context::Context;
use crate::fs::{read, write};

use super::model::SessionError;

/// The name of the current session; `None` if there is none.
pub fn find_current(context: &Context) -> Result<Option<String>> {
    let name = read::find_text(&file(context)?)?.map(|text| text.trim().to_owned());
    Ok(name.filter(|name| !name.is_empty()))
}

/// The session that is named, else the current one.
pub fn named_or_current(context: &Context, name: Option<&String>) -> Result<String> {
    match name {
        Some(name) => Ok(name.clone()),
        None => Ok(find_current(context)?.ok_or(SessionError::NoCurrent)?),
    }
}

/// Makes a session the current one.
pub fn set_current(context: &Context, name: &str) -> Result<()> {
    let file = file(context)?;
    if read::find_text(&file)?.is_some_and(|text| text.trim() == name) {
        return Ok(());
    }
    if let Some(folder) = file.parent() {
        write::create_folder(folder)?;
    }
    Ok(write::replace(&file, format!("{name}\n").as_bytes())?)
}

/// One file for each work tree of the clone.
fn file(context: &Context) -> Result<PathBuf> {
    let store = context.store()?;
    let key = blake3::hash(store.root().as_os_str().as_encoded_bytes()).to_hex();
    Ok(store.live().join("sessions").join(key.get(..16).unwrap_or_default()))
}
