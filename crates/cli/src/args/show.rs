//! How a report is shown: the options that all reports share.

use clap::Args;

/// The options of commands that print a report.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Output")]
pub struct ShowArgs {
    /// Number of rows of a table; 0 shows all
    #[arg(long, value_name = "N")]
    pub top: Option<usize>,
    /// Sort the table by this column, the greatest value first. The name is that of the JSON field, with or without
    /// its unit
    #[arg(long, value_name = "COLUMN")]
    pub sort: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Print the table as comma-separated values. A ' precedes text that a spreadsheet would take for a formula
    #[arg(long, conflicts_with = "json")]
    pub csv: bool,
}

impl ShowArgs {
    /// Whether people read it.
    pub fn is_for_people(&self) -> bool {
        !self.json && !self.csv
    }
}
