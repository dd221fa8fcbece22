//! How many tests ran, read from the closing lines of the runners.

use std::ops::AddAssign;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    pub passed: u64,
    pub failed: u64,
    pub skipped: u64,
}

impl AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl Count {
    /// What one line of a runner's output adds: `test result: ...` of cargo, and Playwright's closing lines.
    pub fn of_line(line: &str) -> Self {
        line.strip_prefix("test result:").map_or_else(|| Self::of_playwright(line), Self::of_cargo)
    }

    fn of_cargo(rest: &str) -> Self {
        let mut count = Self::default();
        for part in rest.split([';', '.']) {
            match number_and_word(part) {
                Some((number, "passed")) => count.passed = number,
                Some((number, "failed")) => count.failed = number,
                Some((number, "ignored")) => count.skipped = number,
                _ => {}
            }
        }
        count
    }

    /// They are indented by two blanks and hold nothing but the count: `  12 passed (1.2m)`.
    fn of_playwright(line: &str) -> Self {
        let mut count = Self::default();
        let Some(rest) = line.strip_prefix("  ").filter(|rest| !rest.starts_with(' ')) else { return count };
        let rest = rest.split_once(" (").map_or(rest, |(rest, _)| rest);
        match number_and_word(rest) {
            Some((number, "passed")) => count.passed = number,
            // A test that passes only sometimes has failed.
            Some((number, "failed" | "flaky" | "interrupted")) => count.failed = number,
            Some((number, "skipped" | "did not run")) => count.skipped = number,
            _ => {}
        }
        count
    }
}

fn number_and_word(text: &str) -> Option<(u64, &str)> {
    let (number, word) = text.trim().split_once(' ')?;
    Some((number.parse().ok()?, word.trim()))
}

#[cfg(test)]
mod tests {
    use super::Count;

    #[test]
    fn closing_lines_are_counted() {
        let count = Count::of_line(
            "test result: FAILED. 12 passed; 2 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.10s",
        );
        assert_eq!(count, Count { passed: 12, failed: 2, skipped: 1 });
        assert_eq!(Count::of_line("  14 passed (1.2m)"), Count { passed: 14, ..Count::default() });
        assert_eq!(Count::of_line("  1 flaky"), Count { failed: 1, ..Count::default() });
        assert_eq!(Count::of_line("  3 did not run"), Count { skipped: 3, ..Count::default() });
    }

    #[test]
    fn other_lines_are_not() {
        for line in ["running 5 tests", "    2 passed", "  2 passed the gate", "3 failed", ""] {
            assert_eq!(Count::of_line(line), Count::default(), "{line}");
        }
    }
}
