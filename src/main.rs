//! The `iriskit` command.

fn main() -> std::process::ExitCode {
    iriskit::cli::main().into()
}
