//! What a page loads: each kind of page has its own bundle of WebAssembly, with the islands that it shows.

/// The folder under `/pkg/` of the palette, which every page loads when it is asked for.
pub const PALETTE: &str = "palette";

/// The folder under `/pkg/` of the page at a path. Every bundle has the small islands that stand on many pages.
pub fn of(path: &str) -> &'static str {
    let path = path.split('?').next().unwrap_or_default();
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    match parts[..] {
        ["apps", "new"] | ["environments", _, "apps", _, "edit"] => "editor",
        ["environments", _, "apps", _] | ["environments", _, "apps", _, "metrics"] => "app-overview",
        ["environments", _, "apps", _, "logs"] => "app-logs",
        ["deployments", "compare" | "at"] => "base",
        ["deployments", _] => "deployment",
        _ => "base",
    }
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn pages_load_what_they_show() {
        assert_eq!(of("/"), "base");
        assert_eq!(of("/apps?status=running"), "base");
        assert_eq!(of("/apps/new"), "editor");
        assert_eq!(of("/environments/local/apps/shop"), "app-overview");
        assert_eq!(of("/environments/local/apps/shop/logs?grep=a"), "app-logs");
        assert_eq!(of("/environments/local/apps/shop/configuration"), "base");
        assert_eq!(of("/environments/local/apps/shop/edit"), "editor");
        assert_eq!(of("/environments/local/apps/shop/rollback?to=1"), "base");
        assert_eq!(of("/environments/local/apps/shop/versions?release=1"), "base");
        assert_eq!(of("/environments/local/apps/shop/promote?to=production"), "base");
        assert_eq!(of("/deployments"), "base");
        assert_eq!(of("/deployments/at?zone=UTC"), "base");
        assert_eq!(of("/deployments/compare?a=1&b=2"), "base");
        assert_eq!(of("/deployments/0199"), "deployment");
        assert_eq!(of("/settings/account"), "base");
        assert_eq!(of("/sign-in"), "base");
    }
}
