//! The one look of progress bars.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar over `steps` steps of which some are done.
pub(crate) fn bar(steps: u64, done: u64) -> ProgressBar {
    let template = "{bar:24} {percent:>3} %  {msg}  {elapsed} gone, {eta} left";
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(steps).with_style(style).with_position(done)
}
