//! Keys that order sections, so that one can always be put between two others.
//!
//! A key is a string over `0-9A-Za-z`, compared bytewise, read as the digits of a fraction in
//! base 62. The same rules stand in docs/document-format.md for other languages, and
//! `testdata/order-vectors.json` proves that they agree.

use rand_core::Rng;

/// The digits, in their order.
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BASE: usize = DIGITS.len();
/// The digit in the middle; also what ends the keys of a paste, so that there is room around.
const MIDDLE: usize = BASE / 2;
const HIGHEST: usize = BASE - 1;

/// The longest key in bytes. A longer one is never made: [`keys_between`] then finds no room, and
/// the sections get new keys.
pub const MAX_ORDER_BYTES: usize = 128;

/// How many random digits the keys of one paste share.
const INFIX_DIGITS: usize = 4;

/// Draws the digits that the keys of one paste share. The last is not `0`, since no key may end
/// in `0`: nothing could be put before it.
pub fn random_infix(rng: &mut impl Rng) -> String {
    // Whole numbers below 2^32 spread over 62 digits evenly enough; this is no secret.
    let mut digit = |choices: usize, first: usize| {
        char::from(DIGITS[first + rng.next_u32() as usize % choices])
    };
    let mut infix: String = (1..INFIX_DIGITS).map(|_| digit(BASE, 0)).collect();
    infix.push(digit(HIGHEST, 1));
    infix
}

/// Makes `count` keys in ascending order, all greater than `low` and less than `high`; `None` as
/// a bound means the very beginning or the very end.
///
/// All share a stem and `infix`, so that what two people paste at one place at once does not
/// interleave. Returns `None` when there is no room: `low` is not less than `high`, a bound has
/// other characters than `0-9A-Za-z`, or the keys would be longer than [`MAX_ORDER_BYTES`].
pub fn keys_between(
    low: Option<&str>,
    high: Option<&str>,
    count: usize,
    infix: &str,
) -> Option<Vec<String>> {
    let low = low.map(digits_of).transpose_or_none()?;
    let high = high.map(digits_of).transpose_or_none()?;
    let mut stem = stem_between(low.as_deref(), high.as_deref())?;
    stem.extend(digits_of(infix)?);
    let width = counter_width(count);
    if stem.len() + width + 1 > MAX_ORDER_BYTES {
        return None;
    }
    let stem = write_digits(&stem);
    if count == 1 {
        return Some(vec![stem]);
    }
    let keys = (0..count).map(|index| {
        let counter = write_digits(&counter_digits(index, width));
        format!("{stem}{counter}{}", char::from(DIGITS[MIDDLE]))
    });
    Some(keys.collect())
}

/// Turns "a bound that cannot be read" into "no room", and keeps "no bound".
trait TransposeOrNone<T> {
    fn transpose_or_none(self) -> Option<Option<T>>;
}

impl<T> TransposeOrNone<T> for Option<Option<T>> {
    fn transpose_or_none(self) -> Option<Option<T>> {
        match self {
            None => Some(None),
            Some(None) => None,
            Some(Some(value)) => Some(Some(value)),
        }
    }
}

fn digits_of(key: &str) -> Option<Vec<usize>> {
    if key.len() > MAX_ORDER_BYTES {
        return None;
    }
    key.bytes()
        .map(|byte| DIGITS.iter().position(|digit| *digit == byte))
        .collect()
}

fn write_digits(digits: &[usize]) -> String {
    digits
        .iter()
        .map(|digit| char::from(DIGITS[*digit]))
        .collect()
}

/// How many digits number `count` keys.
fn counter_width(count: usize) -> usize {
    let mut width = 1;
    let mut room = BASE;
    while room < count {
        width += 1;
        room = room.saturating_mul(BASE);
    }
    width
}

fn counter_digits(mut index: usize, width: usize) -> Vec<usize> {
    let mut digits = vec![0; width];
    for digit in digits.iter_mut().rev() {
        *digit = index % BASE;
        index /= BASE;
    }
    digits
}

/// Finds digits such that they and every continuation of them lie between the bounds.
fn stem_between(low: Option<&[usize]>, high: Option<&[usize]>) -> Option<Vec<usize>> {
    match (low, high) {
        (None, None) => Some(vec![MIDDLE]),
        (Some(low), None) => Some(after(low)),
        (None, Some(high)) => before(high),
        (Some(low), Some(high)) => between(low, high),
    }
}

/// Counts up behind the highest digits in front, in a block that is two digits longer than they
/// are many. So the length grows with the logarithm of what is appended, not with its number.
fn after(low: &[usize]) -> Vec<usize> {
    let run = low.iter().take_while(|digit| **digit == HIGHEST).count();
    let mut stem = padded(low, 2 * run + 2);
    for digit in stem.iter_mut().rev() {
        if *digit < HIGHEST {
            *digit += 1;
            break;
        }
        *digit = 0;
    }
    stem
}

/// Counts down, in the same way. There is nothing before a key of zeros alone.
fn before(high: &[usize]) -> Option<Vec<usize>> {
    let run = high.iter().take_while(|digit| **digit == 0).count();
    if run == high.len() {
        return None;
    }
    let mut stem = padded(high, 2 * run + 2);
    for digit in stem.iter_mut().rev() {
        if *digit > 0 {
            *digit -= 1;
            break;
        }
        *digit = HIGHEST;
    }
    Some(stem)
}

fn padded(digits: &[usize], length: usize) -> Vec<usize> {
    let missing = std::iter::repeat(0);
    digits.iter().copied().chain(missing).take(length).collect()
}

/// Goes down the digits that both bounds share, then takes the middle.
fn between(low: &[usize], high: &[usize]) -> Option<Vec<usize>> {
    let mut stem = Vec::new();
    let mut index = 0;
    loop {
        let floor = low.get(index).copied().unwrap_or(0);
        let ceiling = *high.get(index)?;
        if ceiling < floor {
            return None;
        }
        if ceiling - floor > 1 {
            stem.push(usize::midpoint(floor, ceiling));
            return Some(stem);
        }
        stem.push(floor);
        index += 1;
        if ceiling > floor {
            break;
        }
    }
    // From here every continuation is less than `high`; it must only be greater than `low`.
    loop {
        let floor = low.get(index).copied().unwrap_or(0);
        if floor < HIGHEST {
            stem.push((floor + BASE).div_ceil(2));
            return Some(stem);
        }
        stem.push(floor);
        index += 1;
    }
}

#[cfg(test)]
mod tests;
