use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use model::api::{LogLine, LogStream};
use model::id::InstanceId;
use model::log::{KeptLine, LogFilter, LogPosition, LogSearch};
use model::time::Timestamp;
use proptest::prelude::*;

use super::*;

const SMALL: Limits = Limits {
    segment_bytes: 2_000,
    segment_age: Duration::from_hours(24),
    bytes: 1 << 20,
    age: Duration::from_hours(24),
};

fn line(millis: i64, instance: &str, text: &str) -> LogLine {
    LogLine {
        time: Timestamp::from_millis(millis),
        instance: InstanceId(instance.to_owned()),
        revision: if instance == "new" { 2 } else { 1 },
        stream: if text.contains("ERROR") { LogStream::Stderr } else { LogStream::Stdout },
        text: text.to_owned(),
        truncated: false,
    }
}

fn batch(lines: &[LogLine]) -> Batch {
    let mut batch = Batch::default();
    for line in lines {
        batch.push(line);
    }
    batch
}

/// Two hundred lines in several segments.
fn filled(folder: &Path, limits: Limits) -> AppLog {
    let mut log = AppLog::open(folder.to_owned(), limits).expect("opens");
    for number in 0..200_i64 {
        let instance = if number % 2 == 0 { "old" } else { "new" };
        let text = match number {
            n if n % 50 == 7 => format!("ERROR number {n}: Straße"),
            n if n % 10 == 3 => format!(r#"{{"level":"info","n":{n},"at":{{"path":"/p{n}"}}}}"#),
            n => format!("line {n}"),
        };
        log.append(&batch(&[line(number * 1_000, instance, &text)])).expect("appends");
    }
    log
}

fn ask(view: &View, search: LogSearch) -> Found {
    let matcher = Matcher::new(search.check().expect("a search")).expect("a matcher");
    newest(view, &matcher, Instant::now() + Duration::from_mins(1)).expect("looks")
}

fn grep(text: &str) -> LogSearch {
    LogSearch { grep: text.to_owned(), limit: "2000".to_owned(), ..LogSearch::default() }
}

fn seconds(found: &Found) -> Vec<i64> {
    found.lines.iter().map(|kept| kept.line.time.as_millis() / 1_000).collect()
}

#[test]
fn lines_are_found_by_everything_that_can_be_asked() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = filled(folder.path(), SMALL);
    let view = log.view();
    assert!(view.sealed.len() > 3 && view.open.is_some(), "{}", view.sealed.len());
    assert_eq!(seconds(&ask(&view, grep("error"))), [157, 107, 57, 7]);
    assert_eq!(seconds(&ask(&view, grep("STRASSE"))), [] as [i64; 0]);
    assert_eq!(seconds(&ask(&view, grep("straße"))).len(), 4);
    assert_eq!(
        seconds(&ask(&view, grep("/^line 1.5$/"))),
        [195, 185, 175, 165, 155, 145, 135, 125, 115, 105]
    );
    // What stands before the text is none of it.
    assert_eq!(seconds(&ask(&view, grep("1970"))), [] as [i64; 0]);
    assert_eq!(ask(&view, grep("")).lines.len(), 200);
    let fields = |text: &str| LogSearch { field: text.to_owned(), ..grep("") };
    assert_eq!(seconds(&ask(&view, fields("n>=180 level=INFO"))), [193, 183]);
    assert_eq!(seconds(&ask(&view, fields("at.path=/p3"))), [3]);
    let both = LogSearch { instance: "new".to_owned(), stream: "stderr".to_owned(), ..grep("number") };
    assert_eq!(seconds(&ask(&view, both.clone())).len(), 4);
    assert_eq!(seconds(&ask(&view, LogSearch { revision: "1".to_owned(), ..both })).len(), 0);
    let times = LogSearch { from: "10000".to_owned(), until: "12000".to_owned(), ..grep("") };
    let found = ask(&view, times);
    assert_eq!(seconds(&found), [12, 11, 10]);
    assert!(found.scanned < view.raw_bytes() / 2, "by their times most blocks are passed over");
}

#[test]
fn what_is_no_expression_is_told_in_one_line() {
    let filter = grep("/(/").check().expect("a search");
    let Err(refused) = Matcher::new(filter) else { panic!("must be refused") };
    assert_eq!(refused.path, "/grep");
    assert!(refused.message.ends_with("is not a regular expression: unclosed group"), "{}", refused.message);
}

#[test]
fn pages_follow_each_other_without_gap_or_overlap() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = filled(folder.path(), SMALL);
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let search = LogSearch { limit: "7".to_owned(), cursor, ..LogSearch::default() };
        let found = ask(&log.view(), search);
        all.extend(seconds(&found));
        match found.next {
            Some(next) => cursor = next.to_string(),
            None => break,
        }
    }
    assert_eq!(all, (0..200).rev().collect::<Vec<_>>());
}

#[test]
fn positions_stay_when_a_segment_is_sealed_also_under_a_reader() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut log = filled(folder.path(), Limits::default());
    let before = log.view();
    let positions = |found: &Found| found.lines.iter().map(|kept| kept.position).collect::<Vec<_>>();
    let open = positions(&ask(&before, grep("line")));
    log.seal().expect("seals");
    assert_eq!(positions(&ask(&log.view(), grep("line"))), open);
    // The view of before names a file that is no more.
    assert_eq!(positions(&ask(&before, grep("line"))), open);
}

#[test]
fn a_look_without_time_says_so_and_where_it_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = filled(folder.path(), SMALL);
    let matcher = Matcher::new(grep("line").check().expect("a search")).expect("a matcher");
    let found = newest(&log.view(), &matcher, Instant::now()).expect("looks");
    assert!(found.partial && found.lines.is_empty());
}

#[test]
fn lines_come_in_order_from_a_place_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = filled(folder.path(), SMALL);
    let hit = ask(&log.view(), grep("number 107")).lines.remove(0);
    let from = |position| {
        let matcher = Matcher::new(LogFilter::default()).expect("a matcher");
        Walk::new(&log.view(), matcher, position).expect("begins")
    };
    let seconds = |lines: Vec<KeptLine>| -> Vec<i64> {
        lines.iter().map(|kept| kept.line.time.as_millis() / 1_000).collect()
    };
    assert_eq!(seconds(from(hit.position).first(3).expect("reads")), [107, 108, 109]);
    let (mut walk, mut all) = (from(LogPosition { segment: 0, offset: 0 }), Vec::new());
    while let Some(some) = walk.next(usize::MAX).expect("reads") {
        all.extend(some);
    }
    assert_eq!(seconds(all), (0..200).collect::<Vec<_>>());
}

#[test]
fn the_oldest_leave_by_size_and_by_age() {
    let folder = tempfile::tempdir().expect("a folder");
    let limits = Limits { bytes: 5_000, age: Duration::from_mins(1), ..SMALL };
    let mut log = filled(folder.path(), limits);
    assert!(log.bytes() <= 5_000, "{}", log.bytes());
    let on_disk: u64 = std::fs::read_dir(folder.path())
        .expect("lists")
        .map(|entry| entry.expect("an entry").metadata().expect("metadata").len())
        .sum();
    assert_eq!(on_disk, log.bytes());
    assert_eq!(seconds(&ask(&log.view(), grep(""))).first(), Some(&199), "the newest stay");
    log.age(Timestamp::from_millis(250_000)).expect("ages");
    assert!(log.view().times().is_some_and(|(first, _)| first >= 150_000), "{:?}", log.view().times());
    log.age(Timestamp::from_millis(10 * 86_400_000)).expect("ages");
    assert_eq!((log.view().times(), log.marks().len()), (None, 0));
    assert_eq!(std::fs::read_dir(folder.path()).expect("lists").count(), 0);
}

#[test]
fn a_damaged_segment_is_set_aside_and_the_rest_is_searched() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = filled(folder.path(), SMALL);
    let (first, second) = (log.view().sealed[0].path.clone(), log.view().sealed[1].path.clone());
    drop(log);
    // One without its end, and one with a bad byte in a block.
    let bytes = std::fs::read(&first).expect("reads");
    std::fs::write(&first, &bytes[..bytes.len() - 5]).expect("writes");
    let mut bytes = std::fs::read(&second).expect("reads");
    bytes[20] ^= 0xff;
    std::fs::write(&second, bytes).expect("writes");
    let mut log = AppLog::open(folder.path().to_owned(), SMALL).expect("opens");
    assert_eq!(log.view().damaged, 1);
    let found = ask(&log.view(), grep("error"));
    assert!(seconds(&found).starts_with(&[157, 107]), "{:?}", seconds(&found));
    assert_eq!(found.damaged.len(), 1);
    let matcher = Matcher::new(LogFilter::default()).expect("a matcher");
    let mut walk = Walk::new(&log.view(), matcher, LogPosition { segment: 0, offset: 0 }).expect("begins");
    assert!(walk.first(usize::MAX).expect("reads").len() > 100);
    assert_eq!(walk.damaged.len(), 1);
    for (number, error) in &found.damaged {
        log.set_aside(*number, error).expect("sets aside");
    }
    assert_eq!(log.view().damaged, 2);
    assert_eq!(ask(&log.view(), grep("error")).damaged.len(), 0);
    let again = AppLog::open(folder.path().to_owned(), SMALL).expect("opens");
    assert_eq!((again.view().damaged, again.bytes()), (2, log.bytes()));
}

#[test]
fn what_cannot_be_written_leaves_no_trace() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("app");
    let mut log = AppLog::open(path.clone(), SMALL).expect("opens");
    std::fs::write(&path, "in the way").expect("writes");
    assert!(log.append(&batch(&[line(1, "a", "x")])).is_err());
    assert_eq!((log.view().times(), log.marks().len()), (None, 0));
    std::fs::remove_file(&path).expect("removes");
    log.append(&batch(&[line(1, "a", "x")])).expect("appends");
    assert_eq!(log.view().times(), Some((1, 1)));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    /// A process that ends at any byte of the open segment loses the line it was writing and nothing else; what comes
    /// after is appended whole, and the marks are those of what is there.
    #[test]
    fn an_end_at_any_byte_loses_half_a_line_at_most(count in 1..20_i64, cut in 0..10_000_usize) {
        let folder = tempfile::tempdir().expect("a folder");
        let mut log = AppLog::open(folder.path().to_owned(), Limits::default()).expect("opens");
        let lines: Vec<LogLine> = (0..count).map(|n| line(n, "a", &format!("text {n}"))).collect();
        log.append(&batch(&lines)).expect("appends");
        let path = log.view().open.expect("an open one").path.clone();
        drop(log);
        let bytes = std::fs::read(&path).expect("reads");
        let cut = cut % (bytes.len() + 1);
        std::fs::write(&path, &bytes[..cut]).expect("writes");
        let whole = memchr::memchr_iter(b'\n', &bytes[..cut]).count();
        let whole = i64::try_from(whole).expect("few lines");
        let mut log = AppLog::open(folder.path().to_owned(), Limits::default()).expect("opens");
        let mark = log.marks().get("a").copied();
        let last = (whole > 0).then(|| Mark { millis: whole - 1, count: 1 });
        prop_assert_eq!(mark, last);
        log.append(&batch(&[line(99, "a", "after")])).expect("appends");
        log.seal().expect("seals");
        let found = ask(&log.view(), grep(""));
        let texts: BTreeSet<String> = found.lines.iter().map(|kept| kept.line.text.clone()).collect();
        let mut expected: BTreeSet<String> = (0..whole).map(|n| format!("text {n}")).collect();
        expected.insert("after".to_owned());
        prop_assert_eq!(texts, expected);
    }

    /// An end between the steps of sealing: both files, or a half-written one beside the open one.
    #[test]
    fn an_end_while_sealing_loses_nothing_and_doubles_nothing(cut in 0..2_000_usize, renamed: bool) {
        let folder = tempfile::tempdir().expect("a folder");
        let mut log = filled(folder.path(), Limits::default());
        let path = log.view().open.expect("an open one").path.clone();
        let lines = std::fs::read(&path).expect("reads");
        log.seal().expect("seals");
        let sealed = path.with_extension("zst");
        std::fs::write(&path, lines).expect("writes");
        if !renamed {
            let bytes = std::fs::read(&sealed).expect("reads");
            std::fs::write(path.with_extension("zst.tmp"), &bytes[..cut % bytes.len()]).expect("writes");
            std::fs::remove_file(&sealed).expect("removes");
        }
        let log = AppLog::open(folder.path().to_owned(), Limits::default()).expect("opens");
        prop_assert_eq!(ask(&log.view(), grep("")).lines.len(), 200);
        prop_assert_eq!(std::fs::read_dir(folder.path()).expect("lists").count(), 1);
    }

    /// Pages of any size are the whole, whatever the segments are.
    #[test]
    fn any_page_size_shows_every_line_once(limit in 1..40_usize, segment_bytes in 200..20_000_u64) {
        let folder = tempfile::tempdir().expect("a folder");
        let log = filled(folder.path(), Limits { segment_bytes, ..SMALL });
        let (mut seen, mut before): (Vec<LogPosition>, Option<LogPosition>) = (Vec::new(), None);
        loop {
            let matcher = Matcher::new(LogFilter { limit, before, ..LogFilter::default() }).expect("a matcher");
            let found = newest(&log.view(), &matcher, Instant::now() + Duration::from_mins(1)).expect("looks");
            seen.extend(found.lines.iter().map(|kept| kept.position));
            before = found.next;
            if before.is_none() {
                break;
            }
        }
        prop_assert_eq!(seen.len(), 200);
        prop_assert!(seen.is_sorted_by(|a, b| a > b));
    }
}
