//! The option that chooses a channel.

use polyspot_audio::ChannelChoice;

/// Which of the channels is listened to.
#[derive(clap::Args)]
pub(crate) struct Channel {
    /// Listen to this channel only, counted from 1, instead of the mean of all.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    channel: Option<u16>,
}

impl Channel {
    pub(crate) fn choice(&self) -> ChannelChoice {
        self.channel.map_or(ChannelChoice::Mix, |n| ChannelChoice::Only(usize::from(n) - 1))
    }
}
