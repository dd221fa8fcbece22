//! The shim as a program of its own, for the engine's tests.

fn main() -> std::process::ExitCode {
    adapters::engine::local::shim::main(std::env::args_os().skip(1))
}
