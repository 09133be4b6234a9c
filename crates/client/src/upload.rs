//! A request's body that says how much of it has gone out.

use std::io::{self, Read};

/// Told how many bytes of a body were handed to the connection so far.
pub type Sent<'a> = &'a mut dyn FnMut(u64);

/// A body in memory, read piece by piece by the HTTP client.
pub(crate) struct Upload<'a> {
    rest: &'a [u8],
    gone: u64,
    sent: Sent<'a>,
}

impl<'a> Upload<'a> {
    pub(crate) fn new(body: &'a [u8], sent: Sent<'a>) -> Self {
        Self {
            rest: body,
            gone: 0,
            sent,
        }
    }
}

impl Read for Upload<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.rest.read(buffer)?;
        self.gone += count as u64;
        (self.sent)(self.gone);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_told_once() {
        let body = vec![7; 100_000];
        let mut told = Vec::new();
        let mut out = Vec::new();
        let mut sent = |gone| told.push(gone);
        Upload::new(&body, &mut sent)
            .read_to_end(&mut out)
            .expect("memory can be read");
        assert_eq!(out, body);
        assert!(told.is_sorted());
        assert_eq!(told.last(), Some(&100_000));
    }
}
