//! Words for the page behind an approval link.

use model::time::Timestamp;

use super::Locale::{self, En, Zh};
use super::time::relative;

texts! {
    title: "Your approval is asked for", "请你批准";
    who_asks: "Asked for by", "发起者";
    because: "Reason", "原因";
    step: "Step", "步骤";
    agreed: "Agreed so far", "已同意";
    see_all: "Checks, logs and timeline", "检查、日志与经过";
    once: "This link works once, for this step alone.", "此链接仅对本步骤有效，且只能用一次。";
}

pub fn ends(locale: Locale, at: Timestamp, now: Timestamp) -> String {
    let when = relative(locale, at, now);
    match locale {
        En => format!("It ends {when}."),
        Zh => format!("{when}失效。"),
    }
}
