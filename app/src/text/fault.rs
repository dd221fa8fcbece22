//! What the console refuses and why, by code: the translation of [`Fault`] and [`Problem`].

use model::problem::{Fault, Feature, JsonKind, Problem, ProblemCode, braced};

use super::Locale::{self, En, Zh};

texts! {
    to_apps: "To the apps", "前往应用";
    try_again: "Try again", "重试";
}

/// Heading of an error page.
pub const fn title(locale: Locale, code: ProblemCode) -> &'static str {
    match (locale, code) {
        (En, _) => code.title(),
        (Zh, ProblemCode::WindowClosed) => "环境已关闭发布",
        (Zh, ProblemCode::ReleaseBad) => "此版本已被标记为有问题",
        (Zh, ProblemCode::Pinned) => "应用已固定在另一个版本",
        (Zh, ProblemCode::NotFound) => "未找到",
        (Zh, ProblemCode::LinkForged) => "链接无效",
        (Zh, ProblemCode::LinkExpired) => "链接已过期",
        (Zh, ProblemCode::LinkUsed) => "链接已使用",
        (Zh, ProblemCode::Forbidden) => "没有权限",
        (Zh, ProblemCode::Unauthenticated) => "请先登录",
        (Zh, ProblemCode::EngineUnreachable) => "引擎没有响应",
        (Zh, ProblemCode::RegistryUnreachable) => "镜像仓库没有响应",
        (Zh, ProblemCode::MetricsUnavailable) => "无法读取测量数据",
        (Zh, ProblemCode::StoreUnavailable) => "数据库没有响应",
        (Zh, ProblemCode::DiskFull) => "磁盘已满",
        (Zh, ProblemCode::TooLarge) => "请求过大",
        (Zh, ProblemCode::Internal) => "控制台出错",
        (Zh, _) => "无法完成",
    }
}

fn kind(kind: JsonKind) -> &'static str {
    match kind {
        JsonKind::Text => "文本",
        JsonKind::Integer => "整数",
        JsonKind::Number => "数字",
        JsonKind::Boolean => "true 或 false",
        JsonKind::List => "列表",
        JsonKind::Object => "对象",
        JsonKind::Command => "文本或文本列表",
    }
}

fn feature(feature: Feature) -> &'static str {
    match feature {
        Feature::Image => "镜像",
        Feature::Artifact => "构建产物",
        Feature::Command => "单独的命令",
        Feature::NetworkMode => "此网络模式",
        Feature::UdpPort => " UDP 端口",
        Feature::Secret => "密钥引用",
        Feature::ConfigSet => "配置集",
        Feature::Volume => "卷",
        Feature::Constraint => "放置约束",
    }
}

/// A whole number without its decimals.
fn figure(number: f64) -> String {
    if number.fract() == 0.0 { format!("{number:.0}") } else { number.to_string() }
}

/// One mistake in a field, as a phrase that can follow the field's name.
pub fn fault(locale: Locale, fault: &Fault) -> String {
    match locale {
        En => fault.to_string(),
        Zh => chinese(fault),
    }
}

fn chinese(fault: &Fault) -> String {
    match fault {
        Fault::Required => "必填".to_owned(),
        Fault::Unknown { similar: Some(similar) } => format!("未知字段；是否指 {similar}？"),
        Fault::Unknown { similar: None } => "未知字段".to_owned(),
        Fault::WrongType { expected } => format!("必须是{}", kind(*expected)),
        Fault::OutOfRange { min, max } => format!("必须在 {} 到 {} 之间", figure(*min), figure(*max)),
        Fault::TooLong { max } => format!("最多 {max} 个字符"),
        Fault::TooMany { max } => format!("最多 {max} 项"),
        Fault::NotDnsLabel => "只能含小写字母、数字和连字符，首尾须为字母或数字，长度 1 到 63".to_owned(),
        Fault::NotUserName => {
            "只能含小写字母、数字、点、下划线和连字符，首尾须为字母或数字，长度 1 到 63".to_owned()
        }
        Fault::NoTag => "没有指明版本：请加上标签或摘要".to_owned(),
        Fault::NotWebAddress => "必须是以 https:// 或 http:// 开头的网址".to_owned(),
        Fault::NotRange => "必须是版本范围，如 ^1.4 或 >=2, <3".to_owned(),
        Fault::NotClockTime => "必须是一天中的时刻，如 09:00".to_owned(),
        Fault::NotTimeZone => "必须是时区，如 Asia/Shanghai 或 UTC".to_owned(),
        Fault::NotCron { reason } if reason.is_empty() => {
            "必须是 cron 表达式，如 0 9 * * mon-fri".to_owned()
        }
        Fault::NotCron { reason } => format!("必须是 cron 表达式，如 0 9 * * mon-fri：{reason}"),
        Fault::NeverComes => "这个时间永远不会到来".to_owned(),
        Fault::NotLocalTime => "必须是不带时差的日期和时间，如 2026-11-27T18:00".to_owned(),
        Fault::NotMoment => "必须是日期和时间".to_owned(),
        Fault::NotFieldTest => "必须是字段条件，如 level=error status>=500，以空格分隔".to_owned(),
        Fault::EndsBeforeBegin => "必须晚于开始".to_owned(),
        Fault::NotDuration => "必须是时长，如 10s、5m 或 1h30m".to_owned(),
        Fault::DurationOutOfRange { min, max } => format!("时长必须在 {min} 到 {max} 之间"),
        Fault::ZeroByte => "不能含零字节".to_owned(),
        Fault::Empty => "不能为空".to_owned(),
        Fault::ParentPath => "路径不能含 ..".to_owned(),
        Fault::NotLabelKey => "须为 1 到 63 个字母、数字或 . _ - /，首尾为字母或数字".to_owned(),
        Fault::NotAttribute => "必须是 node.name 或 node.labels.<键>".to_owned(),
        Fault::NeedsVerifyStep => {
            "在验证步骤中才会执行，而此策略没有：请使用含验证步骤的 staged 或 blue_green，或将 background 设为 true"
                .to_owned()
        }
        Fault::NotStep => "必须是一个步骤：set、verify、approve、wait 四者之一".to_owned(),
        Fault::NoSetStep => "至少需要一个设定数量的步骤".to_owned(),
        Fault::StepOfNone => "至少为 1 或 1%".to_owned(),
        Fault::StepShrinks => "不能少于前一步".to_owned(),
        Fault::NothingToVerify => "此时还没有新实例：请先设定数量".to_owned(),
        Fault::NoCondition { one_of } => format!("没有可判定的条件：请至少给出 {} 之一", one_of.join("、")),
        Fault::Both { other } => format!("不能与 {other} 同时出现：两者选一"),
        Fault::NotHeaderName => "必须是标头名称：字母、数字和连字符".to_owned(),
        Fault::NotPointer => "必须是 JSON 指针，如 /status/0，留空表示整个正文".to_owned(),
        Fault::UnknownPlaceholder { name, known } if known.is_empty() => format!("没有占位符 {{{{{name}}}}}"),
        Fault::UnknownPlaceholder { name, known } => {
            format!("没有占位符 {{{{{name}}}}}；可用 {}", braced(known).join("、"))
        }
        Fault::ZeroNeedsQuery => "要缩到 0 个实例，须有一个 query 目标：没有实例运行时无从测量".to_owned(),
        Fault::NotLabelName => "必须是标签名：字母、数字和下划线，不能以数字或两个下划线开头".to_owned(),
        Fault::NeedsRevision => "必须含 {{revision}}，否则新旧无法区分".to_owned(),
        Fault::NotPattern { reason, position } => format!("不是正则表达式：{reason}（第 {position} 个字符）"),
        Fault::NotQuery { reason, position: Some(position) } => {
            format!("不是查询：{reason}（第 {position} 个字符）")
        }
        Fault::NotQuery { reason, position: None } => format!("不是查询：{reason}"),
        Fault::NotAmount => "必须是数字或比例，如 \"25%\"".to_owned(),
        Fault::NotOneOf { allowed } => format!("必须是其中之一：{}", allowed.join("、")),
        Fault::Duplicate { value } => format!("重复：{value}"),
        Fault::NotAbsolute => "必须以斜杠开头".to_owned(),
        Fault::NotVariableName => "必须是变量名：字母、数字和下划线，不能以数字开头".to_owned(),
        Fault::Reserved { name } => format!("保留名称：{name} 由控制台设置"),
        Fault::ControlCharacter => "不能含零字节或换行".to_owned(),
        Fault::NotImage => "必须是镜像，如 registry.example:5000/shop/api:1.4.2".to_owned(),
        Fault::NotRegistryAddress => "必须是镜像仓库地址，如 https://registry.example:5000，不含路径".to_owned(),
        Fault::InsecureAddress => "必须以 https:// 开头；对其他主机使用 http:// 须先允许 insecure".to_owned(),
        Fault::NotRegistryHost => "必须是主机，可带端口，如 registry.example:5000".to_owned(),
        Fault::NotRepository => "必须是镜像库，如 shop/api".to_owned(),
        Fault::NotCertificate => "必须是 PEM 格式的证书，以 -----BEGIN CERTIFICATE----- 开头".to_owned(),
        Fault::NeededAgain => "地址已更改，需要重新填写".to_owned(),
        Fault::NoSuchTag { tag, repository, nearest } if nearest.is_empty() => {
            format!("{repository} 中没有标签 {tag}")
        }
        Fault::NoSuchTag { tag, repository, nearest } => {
            format!("{repository} 中没有标签 {tag}；现有：{}", nearest.join("、"))
        }
        Fault::NoSuchDigest { digest, repository } => format!("{repository} 中没有镜像 {digest}"),
        Fault::NoSuchRepository { repository, registry } => format!("{registry} 中没有镜像库 {repository}"),
        Fault::NotArtifact => "必须是已上传的构建产物，写作 名称/版本".to_owned(),
        Fault::NoSuchPort { name, available } if available.is_empty() => {
            format!("没有名为 {name} 的端口；该应用没有端口")
        }
        Fault::NoSuchPort { name, available } => {
            format!("没有名为 {name} 的端口；该应用有：{}", available.join("、"))
        }
        Fault::NeedsPort => "需要端口：请先在端口中声明".to_owned(),
        Fault::NothingRuns => "请说明运行什么：镜像、构建产物或单独的命令，三者之一".to_owned(),
        Fault::Exclusive { other } => {
            format!("不能与 {other} 同时出现：镜像、构建产物或单独的命令只能有一个")
        }
        Fault::NoRoomToMove => "max_surge 与 max_unavailable 不能同时为 0：否则什么都无法替换".to_owned(),
        Fault::FixedPortShared => {
            "固定主机端口同一时间只允许一个实例：请用 host_port 0，或 recreate 策略加 1 个实例".to_owned()
        }
        Fault::Unsupported { engine, feature: what, .. } => {
            format!("该环境的 {engine} 引擎不支持{}，请移除或更换环境", feature(*what))
        }
        Fault::NoSuchArtifact { name } => {
            format!("没有构建产物 {name}；请先用 PUT /api/v1/artifacts/{name} 上传")
        }
        Fault::BadArchive { reason } => format!("不是可用的 .tar.gz 归档：{reason}"),
        Fault::NotEndpoint => "必须是 unix:///路径、tcp://主机:端口 或 ssh://用户@主机，且不含密码；ssh 端口请写入 ~/.ssh/config".to_owned(),
        Fault::TlsWithoutTcp => "仅可与 tcp:// 一起使用".to_owned(),
        Fault::NoSuchFile { file } => format!("控制台主机上没有可读的文件 {file}"),
        Fault::NotHost => "必须是主机名或地址".to_owned(),
        Fault::NotMailAddress => "必须是邮箱地址，如 ops@example.com".to_owned(),
        Fault::WrongPassword => "不是当前密码".to_owned(),
        Fault::NoSuch { what, name } => format!("没有名为 {name} 的 {what}"),
        Fault::JsonTooLarge { max } => format!("定义超过 {max} 字节"),
        Fault::NotJson { reason, line, column } => {
            format!("不是 JSON：{reason}（第 {line} 行第 {column} 列）")
        }
        Fault::TooShort { min } => format!("太短：至少 {min} 个字符"),
        Fault::Other { reason } => reason.clone(),
    }
}

/// When a closed environment opens, behind `lead`; nothing where nobody knows.
fn opening(problem: &Problem, lead: &str) -> String {
    let until = problem.params.get("until").and_then(|until| until.parse::<model::time::Timestamp>().ok());
    until.map(|until| format!("{lead}{} UTC", until.datetime().format("%Y-%m-%d %H:%M"))).unwrap_or_default()
}

/// The only thing wrong, where that is the whole of what was sent and so has no field to stand at.
fn whole(problem: &Problem) -> Option<&Fault> {
    let [only] = &problem.errors[..] else { return None };
    (problem.code == ProblemCode::Invalid && only.path.is_empty()).then_some(&only.fault)
}

/// What is wrong first: a field where one is named, else the whole.
pub fn first(locale: Locale, refused: &Problem) -> String {
    match refused.errors.first() {
        Some(error) => fault(locale, &error.fault),
        None => problem(locale, refused),
    }
}

/// A refusal as one or two sentences.
pub fn problem(locale: Locale, problem: &Problem) -> String {
    if let Some(only) = whole(problem) {
        let words = fault(locale, only);
        let mut letters = words.chars();
        let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
        let end = if locale == En { "." } else { "。" };
        return format!("{first}{}{end}", letters.as_str());
    }
    let of = |key: &str| problem.params.get(key).map_or("", String::as_str);
    match locale {
        En => match problem.code {
            ProblemCode::WrongCredentials => "Name or password is wrong.".to_owned(),
            ProblemCode::RateLimited => format!("Too many attempts. Try again in {} s.", of("retry_after")),
            ProblemCode::Internal => match &problem.request_id {
                Some(id) => format!("Something went wrong in the console; its log has the cause under {id}."),
                None => "Something went wrong in the console; its log has the cause.".to_owned(),
            },
            ProblemCode::Invalid => "Some fields are invalid.".to_owned(),
            ProblemCode::WindowClosed => {
                let what = match problem.params.get("freeze") {
                    Some(freeze) => format!("{} is frozen ({freeze})", of("environment")),
                    None => format!("{} is outside its release windows", of("environment")),
                };
                format!(
                    "{what}{}. An administrator can override this with a reason.",
                    opening(problem, ", opens ")
                )
            }
            _ if problem.detail.is_empty() => format!("{}.", problem.title),
            _ => problem.detail.clone(),
        },
        Zh => match problem.code {
            ProblemCode::Malformed => "无法读取请求。".to_owned(),
            ProblemCode::Unauthenticated => "请先登录。".to_owned(),
            ProblemCode::WrongCredentials => "用户名或密码错误。".to_owned(),
            ProblemCode::LinkForged => "此链接不是由本控制台签发的。".to_owned(),
            ProblemCode::LinkExpired => "此链接已过期，请重新索取。".to_owned(),
            ProblemCode::LinkUsed => "此链接已被使用；每个链接只能用一次。".to_owned(),
            ProblemCode::Forbidden => match (of("role"), of("cause")) {
                ("", "origin") => {
                    "此请求来自其他网站的页面。若控制台前有代理，代理必须原样传递 Host 与 Origin。".to_owned()
                }
                ("", _) => "不允许此操作。".to_owned(),
                (role, _) => format!("没有权限：需要 {role} 角色。"),
            },
            ProblemCode::NotFound if of("name").is_empty() => "此地址没有内容。".to_owned(),
            ProblemCode::NotFound => format!("没有{} {}。", thing(of("what")), of("name")),
            ProblemCode::AlreadyExists => format!("{} 已被占用。", of("name")),
            ProblemCode::DeploymentActive => "该应用有另一个部署正在进行。".to_owned(),
            ProblemCode::WrongState => wrong_state(of("state"), of("action"), problem),
            ProblemCode::IdempotencyMismatch => "该幂等键已用于另一个请求。".to_owned(),
            ProblemCode::EnvironmentInUse => "该环境中还有应用。".to_owned(),
            ProblemCode::ReleaseBad => {
                format!(
                    "{} 已被 {} 标记为有问题：{}。如需仍然发布，请越过并说明原因。",
                    of("release"),
                    of("by"),
                    of("reason")
                )
            }
            ProblemCode::Pinned => {
                format!("{} 已将应用固定在 {}。请先取消固定，或越过并说明原因。", of("by"), of("release"))
            }
            ProblemCode::Stale => format!("应用已更改，现在是修订 {}。", of("revision")),
            ProblemCode::WindowClosed => {
                let what = match problem.params.get("freeze") {
                    Some(freeze) => format!("环境 {} 已冻结（{freeze}）", of("environment")),
                    None => format!("环境 {} 不在发布窗口内", of("environment")),
                };
                format!("{what}{}。管理员可以填写原因后越过限制。", opening(problem, "，开放时间 "))
            }
            ProblemCode::TooLarge => "请求过大。".to_owned(),
            ProblemCode::Invalid => "部分字段无效。".to_owned(),
            ProblemCode::RateLimited => format!("尝试过多，请 {} 秒后再试。", of("retry_after")),
            ProblemCode::EngineUnreachable => format!("环境 {} 的引擎没有响应。", of("environment")),
            ProblemCode::RegistryUnreachable => registry(of("registry"), of("trouble")),
            ProblemCode::MetricsUnavailable => {
                format!("无法读取测量数据：{}。请稍后重试。", of("reason"))
            }
            ProblemCode::StoreUnavailable => "控制台或其数据库没有响应，请稍后重试。".to_owned(),
            ProblemCode::DiskFull => "磁盘已满。".to_owned(),
            ProblemCode::Internal => match &problem.request_id {
                Some(id) => format!("控制台出错；原因记录在日志 {id} 中。"),
                None => "控制台出错；原因记录在日志中。".to_owned(),
            },
        },
    }
}

/// Why a registry cannot be asked, in Chinese, by `params.trouble`.
fn registry(name: &str, trouble: &str) -> String {
    let why = match trouble {
        "timeout" => "响应过慢",
        "tls" => "的证书不受信任",
        "unauthorized" => "拒绝了用户名和密码",
        "denied" => "不允许此账户访问",
        "rate_limited" => "限制了请求频率",
        "protocol" => "的响应无法理解",
        "insecure" => "使用了未允许的 http",
        "sealed" => "的密码无法解密",
        _ => "没有响应",
    };
    format!("镜像仓库 {name} {why}；请稍后重试，或按摘要部署。")
}

/// A kind of thing as `params.what` names it, in Chinese.
fn thing(what: &str) -> &str {
    match what {
        "action" => "操作",
        "alert" => "告警",
        "adoption" => "接管",
        "app" => "应用",
        "artifact" => "构建产物",
        "deployment" => "部署",
        "environment" => "环境",
        "instance" => "实例",
        "log line" => "日志行",
        "page" => "页面",
        "workload" => "容器或服务",
        "registry" => "镜像仓库",
        "repository" => "镜像库",
        "revision" => "修订",
        "rule" => "告警规则",
        "silence" => "静默",
        "token" => "令牌",
        "user" => "用户",
        other => other,
    }
}

/// Why a state does not allow it, in Chinese, by `params.state` and `params.action`.
fn wrong_state(state: &str, action: &str, problem: &Problem) -> String {
    match (state, action) {
        ("last_admin", _) => "这是最后一位管理员，请先设置另一位。".to_owned(),
        ("set_up", _) => "已有管理员，请直接登录。".to_owned(),
        ("no_user", _) => "令牌和密码属于用户，请以用户身份登录。".to_owned(),
        ("suspended", _) => "应用已挂起。".to_owned(),
        ("running", "resume") => "应用没有挂起。".to_owned(),
        ("destroying", _) => "应用正在销毁。".to_owned(),
        ("adopted", _) => {
            let of = |name: &str| problem.params.get(name).map_or("", String::as_str);
            format!("{} 已由应用 {} 接管。", of("workload"), of("app"))
        }
        // An engine's refusal, in its own words.
        ("", _) if problem.params.contains_key("environment") => format!("引擎拒绝：{}", problem.detail),
        _ => "当前状态下不可操作。".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chinese(refusal: &Problem) -> String {
        problem(Zh, refusal)
    }

    #[test]
    fn refusals_say_why() {
        let refusals = [
            Problem::not_found("app", "local/shop"),
            Problem::new(ProblemCode::WrongState, "x").with("state", "last_admin"),
            Problem::new(ProblemCode::Forbidden, "x").with("cause", "origin"),
            Problem::new(ProblemCode::Forbidden, "x"),
        ];
        let said: Vec<String> = refusals.iter().map(chinese).collect();
        let expected = [
            "没有应用 local/shop。",
            "这是最后一位管理员，请先设置另一位。",
            "此请求来自其他网站的页面。若控制台前有代理，代理必须原样传递 Host 与 Origin。",
            "不允许此操作。",
        ];
        assert_eq!(said, expected);
        let damaged = Fault::BadArchive { reason: "the archive holds nothing".to_owned() };
        let damaged = Problem::invalid(vec![model::problem::FieldError::new("", damaged)]);
        assert_eq!(problem(En, &damaged), "The archive holds nothing.");
        assert!(chinese(&damaged).starts_with("不是可用的 .tar.gz 归档"));
        let engine = Problem::new(ProblemCode::WrongState, "This engine cannot drain its only node.");
        assert!(chinese(&engine.with("environment", "local")).contains("only node"));
    }
}
