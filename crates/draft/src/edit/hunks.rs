//! Where two texts differ, in lines.

use similar::{Algorithm, DiffOp, capture_diff_slices};
use std::collections::HashMap;
use std::ops::Range;

/// A difference: the old lines `old` give way to the new lines `new`. One of them may be empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hunk {
    pub(crate) old: Range<usize>,
    pub(crate) new: Range<usize>,
}

/// Compares two texts line by line. Equal beginnings and ends are set aside first, so that a small
/// edit of a large text costs little.
///
/// `is_border` says whether a section begins at an old line; a difference that could as well lie a
/// few lines further up or down is put to a border.
pub(crate) fn differences<'a>(
    old: &[std::borrow::Cow<'a, str>],
    new: &[&'a str],
    is_border: impl Fn(usize) -> bool,
) -> Vec<Hunk> {
    let same = |(one, two): &(&std::borrow::Cow<'a, str>, &&str)| one.as_ref() == **two;
    let prefix = old.iter().zip(new).take_while(same).count();
    let suffix = old[prefix..]
        .iter()
        .rev()
        .zip(new[prefix..].iter().rev())
        .take_while(same)
        .count();
    let old_middle = &old[prefix..old.len() - suffix];
    let new_middle = &new[prefix..new.len() - suffix];
    // Lines are compared many times, numbers faster than words.
    let mut numbers: HashMap<&str, u32> = HashMap::new();
    let mut number = |line| {
        let next = numbers.len() as u32;
        *numbers.entry(line).or_insert(next)
    };
    let old_numbers: Vec<u32> = old_middle
        .iter()
        .map(|line| number(line.as_ref()))
        .collect();
    let new_numbers: Vec<u32> = new_middle.iter().map(|line| number(*line)).collect();
    let mut hunks = join(
        capture_diff_slices(Algorithm::Myers, &old_numbers, &new_numbers),
        prefix,
    );
    slide_all(&mut hunks, old, new, is_border);
    hunks
}

/// Joins neighbouring deletions and insertions to one hunk.
fn join(operations: Vec<DiffOp>, offset: usize) -> Vec<Hunk> {
    let mut hunks: Vec<Hunk> = Vec::new();
    for operation in operations {
        if matches!(operation, DiffOp::Equal { .. }) {
            continue;
        }
        let (old, new) = (operation.old_range(), operation.new_range());
        let old = old.start + offset..old.end + offset;
        let new = new.start + offset..new.end + offset;
        match hunks.last_mut() {
            Some(last) if last.old.end == old.start && last.new.end == new.start => {
                last.old.end = old.end;
                last.new.end = new.end;
            }
            _ => hunks.push(Hunk { old, new }),
        }
    }
    hunks
}

/// Slides pure insertions and pure deletions to the border of a section where they can.
fn slide_all(
    hunks: &mut [Hunk],
    old: &[std::borrow::Cow<'_, str>],
    new: &[&str],
    is_border: impl Fn(usize) -> bool,
) {
    for index in 0..hunks.len() {
        let floor = match index.checked_sub(1) {
            Some(previous) => hunks[previous].old.end + 1,
            None => 0,
        };
        let ceiling = match hunks.get(index + 1) {
            Some(next) => next.old.start.saturating_sub(1),
            None => old.len(),
        };
        let hunk = hunks[index].clone();
        let lines_equal = |shift: isize| can_slide(&hunk, shift, old, new);
        let mut candidates: Vec<isize> = vec![0];
        candidates.extend(
            (1..).take_while(|step| hunk.old.end + *step as usize <= ceiling && lines_equal(*step)),
        );
        candidates.extend((1..).map(|step: isize| -step).take_while(|step| {
            hunk.old.start >= floor + step.unsigned_abs() && lines_equal(*step)
        }));
        let best = candidates
            .into_iter()
            .find(|shift| is_border(hunk.old.start.saturating_add_signed(*shift)));
        if let Some(shift) = best {
            hunks[index] = shifted(&hunk, shift);
        }
    }
}

fn shifted(hunk: &Hunk, shift: isize) -> Hunk {
    let slide = |range: &Range<usize>| {
        range.start.saturating_add_signed(shift)..range.end.saturating_add_signed(shift)
    };
    Hunk {
        old: slide(&hunk.old),
        new: slide(&hunk.new),
    }
}

/// Whether the last step of a slide by `shift` lines changes nothing: the line that leaves the
/// hunk at one side equals the one that enters at the other.
fn can_slide(hunk: &Hunk, shift: isize, old: &[std::borrow::Cow<'_, str>], new: &[&str]) -> bool {
    let line = |index: usize| old.get(index).map(AsRef::as_ref);
    let step = if shift > 0 { shift - 1 } else { shift };
    if hunk.old.is_empty() {
        let low = hunk.new.start.checked_add_signed(step);
        let high = hunk.new.end.checked_add_signed(step);
        let (Some(low), Some(high)) = (low, high) else {
            return false;
        };
        new.get(low).is_some() && new.get(low) == new.get(high)
    } else if hunk.new.is_empty() {
        let low = hunk.old.start.checked_add_signed(step);
        let high = hunk.old.end.checked_add_signed(step);
        let (Some(low), Some(high)) = (low, high) else {
            return false;
        };
        line(low).is_some() && line(low) == line(high)
    } else {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::borrow::Cow;

    fn check(old: &str, new: &str, borders: &[usize]) -> Vec<Hunk> {
        let old: Vec<Cow<'_, str>> = old.split_inclusive('\n').map(Cow::Borrowed).collect();
        let new: Vec<&str> = new.split_inclusive('\n').collect();
        let hunks = differences(&old, &new, |line| borders.contains(&line));
        let (mut built, mut at) = (Vec::new(), 0);
        for hunk in &hunks {
            built.extend(old[at..hunk.old.start].iter().map(AsRef::as_ref));
            assert_eq!(built.len(), hunk.new.start);
            built.extend(&new[hunk.new.clone()]);
            at = hunk.old.end;
        }
        built.extend(old[at..].iter().map(AsRef::as_ref));
        assert_eq!(built, new);
        hunks
    }

    #[test]
    fn insertions_and_deletions_slide_to_borders() {
        let hunks = check(
            "# A\n\na\n\n# C\n",
            "# A\n\na\n\n# B\n\nb\n\n# C\n",
            &[0, 4],
        );
        assert_eq!(
            hunks,
            [Hunk {
                old: 4..4,
                new: 4..8
            }]
        );
        let hunks = check(
            "# A\n\na\n\n# B\n\nb\n\n# C\n",
            "# A\n\na\n\n# C\n",
            &[0, 4, 8],
        );
        assert_eq!(
            hunks,
            [Hunk {
                old: 4..8,
                new: 4..4
            }]
        );
    }

    proptest! {
        #[test]
        fn hunks_turn_the_old_text_into_the_new_one(
            old in "[ab\n]{0,30}",
            new in "[ab\n]{0,30}",
            borders in proptest::collection::vec(0_usize..20, 0..6),
        ) {
            check(&old, &new, &borders);
        }
    }
}
