//! Words of the app repository's own pages.

use model::release::ReleaseKind;

use super::Locale::{self, En, Zh};

texts! {
    title: "Images", "镜像";
    lead: "Everything that can be deployed, and where it runs.", "所有可部署的内容及其运行位置。";
    repository: "Repository", "仓库";
    newest: "Newest", "最新";
    versions: "Versions", "版本";
    count: "Tags", "标签数";
    made: "Made", "制作时间";
    source: "Source", "来源";
    release_of: "Its notes and marks among the versions", "在版本中查看其说明与标记";
    last_read: "It was last read", "上次读取：";
    never_read: "Nothing of it has been read yet.", "尚未读取任何内容。";
    none_hint: "With a registry, its repositories and tags appear here, whether they run or not. What is deployed, uploaded or told of by a build appears by itself.", "添加镜像仓库后，其仓库与标签都会显示在此，无论是否在运行。已部署、已上传或由构建告知的内容会自动出现。";
    find: "Find a repository", "查找仓库";
    find_do: "Find", "查找";
    more: "Show more", "显示更多";
    none_title: "No images yet", "还没有镜像";
    none_found: "No repository matches.", "没有匹配的仓库。";
}

pub const fn kind(locale: Locale, kind: ReleaseKind) -> &'static str {
    match (locale, kind) {
        (En, ReleaseKind::Image) => "image",
        (Zh, ReleaseKind::Image) => "镜像",
        (En, ReleaseKind::Artifact) => "upload",
        (Zh, ReleaseKind::Artifact) => "上传",
    }
}

pub fn and_more(locale: Locale, count: usize) -> String {
    match locale {
        En => format!("and {count} more"),
        Zh => format!("另有 {count} 个"),
    }
}
