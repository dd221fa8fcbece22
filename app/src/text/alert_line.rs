//! The lines of rules that every console has, in the reader's language. A rule keeps one line, in English as it came; who
//! changes it says it in a language of their own, which then stays as it is.

use model::alert::{Labels, NAME_LABEL, builtin, fill_line};

use super::Locale;

/// Rules by their name, and their line.
const CHINESE: [(&str, &str); 7] = [
    ("app-degraded", "{{app}} 已降级"),
    ("crash-loop", "{{app}}：{{value}} 个实例崩溃后等待下次启动"),
    ("deployment-failed", "{{app}} 的部署在过去一小时内失败"),
    ("engine-unreachable", "{{environment}} 的引擎无响应"),
    ("node-down", "节点 {{node}} 已停机"),
    ("certificate-ends", "证书 {{file}} 将在 {{value}} 天后到期"),
    ("disk-full", "控制台的磁盘仅剩 {{value}} % 可用空间"),
];

/// What is said of an alert with these labels; its rule's name where the rule says nothing.
pub fn alert_line(locale: Locale, labels: &Labels, said: &str) -> String {
    let name = labels.get(NAME_LABEL).map_or("", String::as_str);
    match locale {
        _ if said.is_empty() => name.to_owned(),
        Locale::En => said.to_owned(),
        Locale::Zh => chinese(name, labels, said).unwrap_or_else(|| said.to_owned()),
    }
}

/// `None` unless it is the line that the rule came with.
fn chinese(name: &str, labels: &Labels, said: &str) -> Option<String> {
    const VALUE: &str = "{{value}}";
    let (_, line) = CHINESE.iter().find(|(of, _)| *of == name)?;
    let rule = builtin().into_iter().find(|rule| rule.name == name)?;
    let english = fill_line(&rule.summary, labels, VALUE);
    let value = match english.split_once(VALUE) {
        Some((before, after)) => said.strip_prefix(before)?.strip_suffix(after)?,
        None if english == said => "",
        None => return None,
    };
    Some(fill_line(line, labels, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(name: &str) -> Labels {
        let pairs = [(NAME_LABEL, name), ("app", "shop"), ("environment", "local"), ("node", "n1")];
        let pairs = pairs.into_iter().chain([("file", "tls.pem")]);
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    #[test]
    fn every_rule_of_every_console_is_told_in_chinese() {
        for rule in builtin() {
            let labels = labels(&rule.name);
            let said = fill_line(&rule.summary, &labels, "3.5");
            assert_eq!(alert_line(Locale::En, &labels, &said), said);
            let chinese = alert_line(Locale::Zh, &labels, &said);
            assert!(!chinese.is_ascii() && !chinese.contains("{{"), "{}: {chinese}", rule.name);
            assert_eq!(chinese.contains("3.5"), said.contains("3.5"), "{chinese}");
            for part in ["shop", "local", "n1", "tls.pem"] {
                assert_eq!(chinese.contains(part), said.contains(part), "{chinese}");
            }
        }
    }

    #[test]
    fn a_line_of_ones_own_stays() {
        assert_eq!(alert_line(Locale::Zh, &labels("app-degraded"), "look at shop"), "look at shop");
        assert_eq!(alert_line(Locale::Zh, &labels("slow"), "shop is degraded"), "shop is degraded");
        assert_eq!(alert_line(Locale::Zh, &labels("slow"), ""), "slow");
    }
}
