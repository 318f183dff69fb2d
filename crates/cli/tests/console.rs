//! The program as its users see it: every console block of the README, of the book in `docs/src` and of
//! `tests/console/*.md` is run, and its output compared. `TRYCMD=overwrite cargo test --test console` takes over what is printed.

#[test]
fn documented_commands_print_what_is_documented() {
    std::env::set_current_dir("../..").unwrap();
    trycmd::TestCases::new().case("README.md").case("docs/src/**/*.md").case("crates/cli/tests/console/*.md");
}
