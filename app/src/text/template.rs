//! The template gallery, and words of the way to an app.

use super::Locale::{self, En, Zh};
use crate::template::TemplateKey;

texts! {
    apps: "Apps", "应用";
}

/// What stands in `?template=`.
pub const fn key(template: TemplateKey) -> &'static str {
    match template {
        TemplateKey::Demo => "demo",
        TemplateKey::Python => "python",
        TemplateKey::Node => "node",
        TemplateKey::Artifact => "artifact",
        TemplateKey::Shell => "shell",
    }
}

pub const fn title(locale: Locale, template: TemplateKey) -> &'static str {
    match (locale, template) {
        (En, TemplateKey::Demo) => "Demo server",
        (Zh, TemplateKey::Demo) => "演示服务",
        (En, TemplateKey::Python) => "Python file server",
        (Zh, TemplateKey::Python) => "Python 文件服务",
        (En, TemplateKey::Node) => "Node server",
        (Zh, TemplateKey::Node) => "Node 服务",
        (En, TemplateKey::Artifact) => "Your own program",
        (Zh, TemplateKey::Artifact) => "自己的程序",
        (En, TemplateKey::Shell) => "Shell command",
        (Zh, TemplateKey::Shell) => "Shell 命令",
    }
}

pub const fn hint(locale: Locale, template: TemplateKey) -> &'static str {
    match (locale, template) {
        (En, TemplateKey::Demo) => "Ships with Quarterdeck: health, load and failures on demand",
        (Zh, TemplateKey::Demo) => "随 Quarterdeck 提供：可按需模拟健康、负载和故障",
        (En, TemplateKey::Python) => "python3 -m http.server, nothing to install",
        (Zh, TemplateKey::Python) => "python3 -m http.server，无需安装",
        (En, TemplateKey::Node) => "A few lines of Node's standard library",
        (Zh, TemplateKey::Node) => "几行 Node 标准库代码",
        (En, TemplateKey::Artifact) => "Upload a .tar.gz and say what to run in it",
        (Zh, TemplateKey::Artifact) => "上传 .tar.gz 并指定要运行的命令",
        (En, TemplateKey::Shell) => "Anything that sh -c can run",
        (Zh, TemplateKey::Shell) => "sh -c 能运行的任何命令",
    }
}
