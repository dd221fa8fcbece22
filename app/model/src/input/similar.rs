//! "Did you mean": the known field that an unknown one was probably meant to be.

/// The nearest of `known`, or `None` when nothing is near.
pub(super) fn similar<'k>(unknown: &str, known: &[&'k str]) -> Option<&'k str> {
    // Nobody writes a field name this long by mistake, and the distance costs the product of both lengths.
    if unknown.len() > 64 {
        return None;
    }
    let plain = |text: &str| -> Vec<u8> {
        text.bytes().filter(u8::is_ascii_alphanumeric).map(|b| b.to_ascii_lowercase()).collect()
    };
    let wanted = plain(unknown);
    let rated = known.iter().filter_map(|name| {
        let candidate = plain(name);
        let shorter = wanted.len().min(candidate.len());
        let begins = shorter >= 3 && (wanted.starts_with(&candidate) || candidate.starts_with(&wanted));
        let distance = if begins { 1 } else { distance(&wanted, &candidate) };
        (distance <= (candidate.len() / 3).max(1)).then_some((distance, *name))
    });
    rated.min_by_key(|(distance, _)| *distance).map(|(_, name)| name)
}

/// Letters to insert, delete or replace to get from one to the other.
fn distance(a: &[u8], b: &[u8]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
