//! How the events of a trace are read in order, and which of them a command is about.

use anyhow::Result;
use clap::Args;

use super::{binary::Binary, filter::FilterArgs, input::Input, threads::Threads};
use crate::{
    render::event::{Show, open, show_events},
    status::Status,
};

/// The options of commands that show events.
#[derive(Args, Clone, Debug)]
pub struct EventArgs {
    /// Stop at the first damage; applies to events, not to records
    #[arg(long)]
    pub strict: bool,
    #[command(flatten)]
    pub threads: Threads,
    #[command(flatten)]
    pub binary: Binary,
    #[command(flatten)]
    pub filter: FilterArgs,
}

impl EventArgs {
    /// Shows the events of a trace, and tells standard error of damage.
    pub fn show(&self, input: &Input, show: &mut impl Show) -> Result<Status> {
        let filter = self.filter.filter()?;
        let mut reader = self.binary.attach(open(input, self.strict, self.threads)?)?;
        let status = show_events(&mut reader, &input.name(), filter, show)?;
        self.binary.report(reader.tables());
        Ok(status)
    }
}
