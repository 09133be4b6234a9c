//! Finds bytes that mean something in long stretches of bytes that do not.

/// How many bytes are looked at in one step.
const STRIDE: usize = 16;

/// The first byte from `from` on that is in `wanted`, by its place.
///
/// `maybe` must be true of every wanted byte and may be true of others. It should consist of a few
/// comparisons without branches: the compiler then looks at sixteen bytes at once, and only where
/// one of them may be wanted does it look at each.
#[inline(always)]
pub(crate) fn find(
    bytes: &[u8],
    from: usize,
    maybe: impl Fn(u8) -> bool,
    wanted: &[bool; 256],
) -> Option<usize> {
    let exactly = |byte: &u8| wanted[usize::from(*byte)];
    let mut at = from;
    while let Some(stride) = bytes
        .get(at..)
        .and_then(|rest| rest.first_chunk::<STRIDE>())
    {
        let flags = stride.map(|byte| u8::from(maybe(byte)));
        if u128::from_ne_bytes(flags) != 0
            && let Some(found) = stride.iter().position(exactly)
        {
            return Some(at + found);
        }
        at += STRIDE;
    }
    let found = bytes.get(at..)?.iter().position(exactly)?;
    Some(at + found)
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn every_place_is_found() {
        let mut wanted = [false; 256];
        wanted[usize::from(b'!')] = true;
        for length in 0..70 {
            for place in 0..length {
                let mut bytes = vec![b'.'; length];
                bytes[place] = b'!';
                let maybe = |byte| byte < b'/';
                assert_eq!(find(&bytes, 0, maybe, &wanted), Some(place));
                assert_eq!(find(&bytes, place, maybe, &wanted), Some(place));
                assert_eq!(find(&bytes, place + 1, maybe, &wanted), None);
            }
        }
    }
}
