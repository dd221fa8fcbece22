//! Texts of the upload of an artifact.

use super::Locale::{self, En, Zh};

texts! {
    upload: "Upload", "上传";
    upload_file: "Upload a .tar.gz", "上传 .tar.gz";
    upload_version: "as version", "作为版本";
    uploading: "Uploading", "正在上传";
    upload_broken: "The connection broke. Nothing was stored; try again.", "连接中断，未保存任何内容，请重试。";
}

pub fn uploading_percent(locale: Locale, percent: u32) -> String {
    match (locale, percent) {
        (En, 100) => "Storing …".to_owned(),
        (Zh, 100) => "正在保存 …".to_owned(),
        (En | Zh, _) => format!("{percent} %"),
    }
}

pub fn uploaded(locale: Locale, name: &str) -> String {
    match locale {
        En => format!("{name} is stored and chosen."),
        Zh => format!("{name} 已保存并选中。"),
    }
}
