//! What listening gives: events for people and programs, and clips of what was heard.
//!
//! ```text
//! Listener ─ Event ─ Report ─┬ Display: a terminal
//!     │                      ├ JSON lines ─ Outlet: standard output
//!     │                      └ queue ─ Subscription: others, each on a thread of its own
//!     └ Clips ─ ClipFolder
//! ```

mod clip_folder;
mod clips;
mod display;
mod events;
mod outlet;
mod report;
mod subscription;
mod summary;
mod utc;
mod work;

pub(super) use clips::Clips;
pub(super) use events::{ArmedBy, By, Counts, Device, Event, LanguageScores, Posteriors, Stamped, WakeWords};
pub(super) use report::Report;
pub(super) use subscription::{Subscriber, Subscription};
pub(super) use summary::Summary;
pub(super) use utc::rfc_3339;
pub(super) use work::Work;
