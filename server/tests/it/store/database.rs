//! Databases for tests: SQLite in a folder of its own, PostgreSQL started from the installed binaries.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use server::store::Store;
use sqlx::Connection as _;

/// A store with what must live as long as it.
pub struct Database {
    pub store: Store,
    pub url: String,
    _folder: Option<tempfile::TempDir>,
}

pub async fn sqlite() -> Database {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("quarterdeck.db").display());
    let store = Store::open(&url).await.unwrap();
    Database { store, url, _folder: Some(folder) }
}

/// A fresh database on the test's own PostgreSQL; `None`, with the reason printed, where there is no PostgreSQL.
pub async fn postgres() -> Option<Database> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let server = match Postgres::shared() {
        Ok(server) => server,
        Err(reason) => {
            eprintln!("skipped on PostgreSQL: {reason}");
            return None;
        }
    };
    let name = format!("quarterdeck_{}", COUNT.fetch_add(1, Ordering::Relaxed));
    server.create_database(&name).await;
    let url = format!("postgres://postgres@127.0.0.1:{}/{name}", server.port);
    let store = Store::open(&url).await.unwrap();
    Some(Database { store, url, _folder: None })
}

/// Every database there is on this machine.
pub async fn all() -> Vec<Database> {
    let mut databases = vec![sqlite().await];
    databases.extend(postgres().await);
    databases
}

/// One server for the whole test run. Its folder is removed and it is stopped when the process ends, by the shell that
/// watches it: a static is never dropped.
struct Postgres {
    port: u16,
}

impl Postgres {
    fn shared() -> Result<&'static Self, String> {
        static SERVER: OnceLock<Result<Postgres, String>> = OnceLock::new();
        SERVER.get_or_init(Self::start).as_ref().map_err(Clone::clone)
    }

    fn start() -> Result<Self, String> {
        let binaries =
            find_binaries().ok_or("neither PATH nor /usr/lib/postgresql holds initdb and pg_ctl")?;
        let folder = tempfile::Builder::new()
            .prefix("quarterdeck-postgres-")
            .tempdir()
            .map_err(|error| error.to_string())?
            .keep();
        let data = folder.join("data");
        if nix::unistd::geteuid().is_root() {
            let user = nix::unistd::User::from_name("postgres")
                .map_err(|error| error.to_string())?
                .ok_or("PostgreSQL refuses to run as root and there is no user postgres")?;
            nix::unistd::chown(&folder, Some(user.uid), Some(user.gid)).map_err(|error| error.to_string())?;
        }
        let port = free_port().map_err(|error| error.to_string())?;
        let mut initdb = as_postgres(&binaries.join("initdb"));
        run(initdb.args(["-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync", "-D"]).arg(&data))?;
        let options = format!(
            "-c port={port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={} -c fsync=off -c max_connections=200",
            folder.display()
        );
        let mut start = as_postgres(&binaries.join("pg_ctl"));
        start.args(["-w", "-t", "60", "-o", &options, "-l"]).arg(folder.join("log")).arg("-D").arg(&data);
        // The server must not hold our output open.
        let status = start
            .arg("start")
            .stdin(std::process::Stdio::null())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .status()
            .map_err(|error| error.to_string())?;
        if !status.success() {
            let log = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
            return Err(format!("PostgreSQL did not start: {log}"));
        }
        stop_with_us(&binaries, &folder, &data)?;
        Ok(Self { port })
    }

    async fn create_database(&self, name: &str) {
        sqlx::any::install_default_drivers();
        let url = format!("postgres://postgres@127.0.0.1:{}/postgres", self.port);
        let mut connection = sqlx::AnyConnection::connect(&url).await.unwrap();
        sqlx::query(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}")))
            .execute(&mut connection)
            .await
            .unwrap();
        connection.close().await.unwrap();
    }
}

fn find_binaries() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    if let Ok(versions) = std::fs::read_dir("/usr/lib/postgresql") {
        folders.extend(versions.flatten().map(|version| version.path().join("bin")));
    }
    folders.into_iter().find(|folder| folder.join("initdb").is_file() && folder.join("pg_ctl").is_file())
}

fn free_port() -> std::io::Result<u16> {
    Ok(std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// PostgreSQL refuses to run as root: as root, run as its own user.
fn as_postgres(program: &Path) -> Command {
    use std::os::unix::process::CommandExt;
    let mut command = Command::new(program);
    if nix::unistd::geteuid().is_root()
        && let Ok(Some(user)) = nix::unistd::User::from_name("postgres")
    {
        command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
    }
    command.current_dir("/").env("LC_ALL", "C");
    command
}

fn run(command: &mut Command) -> Result<Output, String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        Ok(output)
    } else {
        Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)))
    }
}

/// Leaves a shell behind that stops the server when this process is gone, however it went.
fn stop_with_us(binaries: &Path, folder: &Path, data: &Path) -> Result<(), String> {
    let script =
        r#"while kill -0 "$1" 2>/dev/null; do sleep 0.5; done; "$2" -m immediate -D "$3" stop; rm -rf "$4""#;
    let mut watcher = as_postgres(Path::new("sh"));
    if nix::unistd::geteuid().is_root() {
        // The user postgres may not ask about our process, so root keeps watch and becomes it only to stop.
        watcher = Command::new("sh");
    }
    let stop = if nix::unistd::geteuid().is_root() {
        r#"while kill -0 "$1" 2>/dev/null; do sleep 0.5; done; su postgres -s /bin/sh -c "'$2' -m immediate -D '$3' stop"; rm -rf "$4""#
    } else {
        script
    };
    watcher
        .args(["-c", stop, "stop-postgres", &std::process::id().to_string()])
        .arg(binaries.join("pg_ctl"))
        .arg(data)
        .arg(folder)
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .map(drop)
        .map_err(|error| error.to_string())
}
