//! The `tenure` program: everything is in the library.

/// Many small strings are made and dropped on several threads.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    tenure::cli::main()
}
