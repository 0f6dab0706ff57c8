//! The file that an export becomes: what is there already and holds something else is only replaced on request.

use std::path::{Path, PathBuf};

use crate::base::{Explain, Explained, Result};
use crate::fs::{read, write};

/// Why nothing is exported.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    #[error("{} already exists and holds something else", path.display())]
    Exists { path: PathBuf },
}

impl Explain for OutputError {
    fn explain(&self) -> Explained {
        match self {
            Self::Exists { .. } => Explained::conflict("exists").hint("export to another place, or look at it and then say `--replace`"),
        }
    }
}

/// Writes files of an export, and says how many; those that hold the same already are left alone, and so is everything in
/// a dry run. Nothing is written if any of them holds something else and `replace` is not said.
pub fn write_output(files: &[(PathBuf, Vec<u8>)], replace: bool, dry_run: bool) -> Result<usize> {
    let mut new: Vec<(&Path, &[u8])> = Vec::new();
    for (file, bytes) in files {
        match read::find(file)? {
            Some(found) if found == *bytes => {}
            Some(_) if !replace => return Err(OutputError::Exists { path: file.clone() }.into()),
            _ => new.push((file, bytes)),
        }
    }
    for (file, bytes) in new.iter().filter(|_| !dry_run) {
        if let Some(folder) = file.parent() {
            write::create_folder(folder)?;
        }
        write::replace(file, bytes)?;
    }
    Ok(new.len())
}
