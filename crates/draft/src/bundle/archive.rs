//! Zip archives, written without anything that varies and read within bounds.

use std::io::{Cursor, Read, Write};
use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use super::{BundleError, BundleLimits};

/// Writes stored entries with a fixed date, in the given order.
pub(super) fn write_archive(entries: &[(String, &[u8])]) -> Result<Vec<u8>, BundleError> {
    let failed = |error: &dyn std::fmt::Display| BundleError::NotWritten(error.to_string());
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .last_modified_time(DateTime::default())
            .unix_permissions(0o644)
            .large_file(bytes.len() >= u32::MAX as usize);
        writer
            .start_file(name.as_str(), options)
            .map_err(|error| failed(&error))?;
        writer.write_all(bytes).map_err(|error| failed(&error))?;
    }
    let finished = writer.finish().map_err(|error| failed(&error))?;
    Ok(finished.into_inner())
}

/// An archive that is being read.
pub(super) struct Archive<'a>(ZipArchive<Cursor<&'a [u8]>>);

impl<'a> Archive<'a> {
    pub(super) fn open(bytes: &'a [u8], limits: &BundleLimits) -> Result<Self, BundleError> {
        if bytes.len() as u64 > limits.file_bytes {
            return Err(BundleError::TooLarge {
                part: "the file".to_owned(),
                limit: limits.file_bytes,
            });
        }
        let archive = ZipArchive::new(Cursor::new(bytes))
            .map_err(|error| BundleError::NotAnArchive(error.to_string()))?;
        if archive.len() > limits.entries {
            return Err(BundleError::TooLarge {
                part: "the list of entries".to_owned(),
                limit: limits.entries as u64,
            });
        }
        Ok(Self(archive))
    }

    /// Reads an entry, inflating no more than `limit` bytes whatever its header claims.
    pub(super) fn read(&mut self, name: &str, limit: u64) -> Result<Vec<u8>, BundleError> {
        let entry = self.0.by_name(name).map_err(|error| match error {
            ZipError::FileNotFound => BundleError::Missing(name.to_owned()),
            other => BundleError::NotAnArchive(other.to_string()),
        })?;
        let mut bytes = Vec::new();
        entry
            .take(limit.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(|_| BundleError::Mismatch(name.to_owned()))?;
        if bytes.len() as u64 > limit {
            return Err(BundleError::TooLarge {
                part: name.to_owned(),
                limit,
            });
        }
        Ok(bytes)
    }
}
