//! From the command to a ready console.

use std::path::Path;

use crate::console::Console;
use crate::report::{Report, spread};

const TIMES: usize = 10;

pub async fn measure(binary: &Path, report: &mut Report) {
    let mut first = Vec::new();
    let mut again = Vec::new();
    let mut killed = Vec::new();
    for _ in 0..TIMES {
        let mut console = Console::new(binary);
        first.push(console.start().await);
        console.end().await;
        again.push(console.start().await);
        console.kill().await;
        killed.push(console.start().await);
        console.end().await;
    }
    let how = "new data folder; until `/ready` says 200; 10 times";
    report.add("first start to ready", spread(&mut first), "under 1 s", how);
    report.add("later start to ready", spread(&mut again), "under 1 s", "the same data folder once more");
    report.add(
        "start to ready after SIGKILL",
        spread(&mut killed),
        "under 1 s",
        "the same data folder, killed",
    );
}
