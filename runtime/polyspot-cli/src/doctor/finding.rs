//! What can be wrong, in plain words, and what to do about it.

use crate::audio_input::{NoMicrophone, NothingComes};

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Finding {
    NoPermission {
        reason: String,
    },
    NoDefaultDevice {
        reason: String,
    },
    CannotBeOpened {
        reason: String,
    },
    DeadCallbacks {
        reason: String,
    },
    WrongRate {
        stated_hz: u32,
        measured_hz: Option<f64>,
    },
    DroppedFrames {
        frames: u64,
        holes: u64,
    },
    /// Digital: nothing but zeros.
    Silence {
        is_digital: bool,
    },
    TooQuiet {
        loudest_dbfs: f32,
    },
    Clipping {
        times: u64,
    },
    DcOffset {
        share: f32,
    },
    ChannelsCancel,
    CutOff,
    Damaged {
        first_s: f64,
        places: u64,
    },
}

impl Finding {
    /// Why a microphone could not be opened.
    pub(crate) fn of_error(error: &anyhow::Error, is_default: bool) -> Self {
        let reason = format!("{error:#}");
        let is_denied = |e: &cpal::Error| e.kind() == cpal::ErrorKind::PermissionDenied;
        let none = error.chain().find_map(|cause| cause.downcast_ref::<NoMicrophone>());
        if error.chain().filter_map(|cause| cause.downcast_ref()).any(is_denied)
            || none.is_some_and(|none| none.reasons.iter().any(|(_, e)| is_denied(e)))
        {
            Self::NoPermission { reason }
        } else if error.chain().any(<dyn std::error::Error>::is::<NothingComes>) {
            Self::DeadCallbacks { reason }
        } else if is_default && none.is_some() {
            Self::NoDefaultDevice { reason }
        } else {
            Self::CannotBeOpened { reason }
        }
    }

    /// The name that programs know it by.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::NoPermission { .. } => "no-permission",
            Self::NoDefaultDevice { .. } => "no-default-device",
            Self::CannotBeOpened { .. } => "cannot-be-opened",
            Self::DeadCallbacks { .. } => "dead-callbacks",
            Self::WrongRate { .. } => "wrong-rate",
            Self::DroppedFrames { .. } => "dropped-frames",
            Self::Silence { .. } => "silence",
            Self::TooQuiet { .. } => "too-quiet",
            Self::Clipping { .. } => "clipping",
            Self::DcOffset { .. } => "dc-offset",
            Self::ChannelsCancel => "channels-cancel",
            Self::CutOff => "cut-off",
            Self::Damaged { .. } => "damaged",
        }
    }

    /// What is wrong.
    pub(crate) fn what(&self) -> String {
        match self {
            Self::NoPermission { reason } => format!("this user may not use the microphone: {reason}"),
            Self::NoDefaultDevice { reason } => format!("there is no default microphone: {reason}"),
            Self::CannotBeOpened { reason } => format!("it cannot be opened: {reason}"),
            Self::DeadCallbacks { reason } => format!("no sound comes from it at all: {reason}"),
            Self::WrongRate { stated_hz, measured_hz: Some(measured_hz) } => {
                format!(
                    "it says {stated_hz} samples per second and delivers {measured_hz:.0}: words sound too high or too low"
                )
            }
            Self::WrongRate { stated_hz, measured_hz: None } => {
                format!(
                    "it has {stated_hz} samples per second: the upper half of speech is missing, as on a telephone"
                )
            }
            Self::DroppedFrames { frames, holes: 0 } => {
                format!("about {frames} samples were lost on the way")
            }
            Self::DroppedFrames { holes, .. } => {
                format!("the sound has {holes} hole(s): samples were lost on the way")
            }
            Self::Silence { is_digital: true } => {
                "nothing but zeros: it is muted, or its use is not permitted".to_owned()
            }
            Self::Silence { is_digital: false } => {
                "next to nothing is heard: it is muted or not connected".to_owned()
            }
            Self::TooQuiet { loudest_dbfs } => format!(
                "it is too quiet: the loudest tenth of a second has {loudest_dbfs:.0} dBFS, speech should have -40 to -10"
            ),
            Self::Clipping { times } => format!("it is too loud: cut off at full scale {times} time(s)"),
            Self::DcOffset { share } => {
                format!(
                    "the signal is not centred: it is off by {:.0} % of full scale all the time",
                    100.0 * share
                )
            }
            Self::ChannelsCancel => {
                "the mean of its channels is far quieter than they are: they cancel each other out".to_owned()
            }
            Self::CutOff => "the recording ends before the length that it announces".to_owned(),
            Self::Damaged { first_s, places } => {
                format!(
                    "the recording is damaged in {places} place(s), first at {first_s:.2} s: there it is silent"
                )
            }
        }
    }

    /// What to do.
    pub(crate) fn advice(&self) -> &'static str {
        match self {
            Self::NoPermission { .. } => {
                "On Linux add the user to the group `audio` and log in again, or start the program as the user whose sound server \
                 runs; on macOS and Windows allow the terminal to use the microphone in the privacy settings."
            }
            Self::NoDefaultDevice { .. } => {
                "Connect a microphone; on Linux see that a sound server (PulseAudio or PipeWire) runs for this user. `polyspot \
                 devices` lists what is there."
            }
            Self::CannotBeOpened { .. } => {
                "See that it is connected, that its name is right (`polyspot devices`), and that no other program has taken it."
            }
            Self::DeadCallbacks { .. } => {
                "Unplug it and plug it in again, or restart the sound server; a device that is suspended or taken by another program \
                 behaves like this too."
            }
            Self::WrongRate { measured_hz: Some(_), .. } => {
                "Set the rate of the device in the sound settings to the one that it really has, or restart the sound server; a virtual \
                 device must be fed at the rate that it states."
            }
            Self::WrongRate { measured_hz: None, .. } => {
                "Use 16000 samples per second or more. A Bluetooth headset has a better mode (mSBC); a headset by cable or USB has no \
                 such limit."
            }
            Self::DroppedFrames { .. } => {
                "Close programs that keep the processor busy, connect the microphone to another USB port without a hub, and see that \
                 the sound server runs with its usual priority."
            }
            Self::Silence { .. } => {
                "Unmute it: its own switch, the sound settings, on Linux `pactl set-source-mute @DEFAULT_SOURCE@ 0`; on macOS and \
                 Windows see the privacy settings. See that it is the microphone you mean: `polyspot devices`."
            }
            Self::TooQuiet { .. } => {
                "If you spoke: raise the input level in the sound settings (on Linux `pactl set-source-volume @DEFAULT_SOURCE@ 100%`), \
                 or come closer."
            }
            Self::Clipping { .. } => "Lower the input level in the sound settings, or go further away.",
            Self::DcOffset { .. } => {
                "Use another input or cable: a constant offset comes from the hardware. Words are heard all the same, but loud ones are cut off \
                 sooner."
            }
            Self::ChannelsCancel => "Listen to one channel only: `--channel 1`.",
            Self::CutOff | Self::Damaged { .. } => {
                "Record again, or copy the file again; what is there can be used."
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::*;

    #[test]
    fn an_error_is_told_by_its_cause_whatever_was_said_about_it() {
        let denied = || cpal::Error::from(cpal::ErrorKind::PermissionDenied);
        let gone = || cpal::Error::from(cpal::ErrorKind::DeviceNotAvailable);
        let of = |error: anyhow::Error, is_default| Finding::of_error(&error, is_default).name();
        let opening = Err::<(), _>(denied()).context("USB Microphone cannot be opened").unwrap_err();
        assert_eq!(of(opening, false), "no-permission");
        let all_denied = NoMicrophone { reasons: vec![("PulseAudio", gone()), ("ALSA", denied())] };
        assert_eq!(of(all_denied.into(), true), "no-permission");
        let none = NoMicrophone { reasons: vec![("PulseAudio", gone()), ("ALSA", gone())] };
        assert_eq!(of(none.into(), true), "no-default-device");
        assert_eq!(of(gone().into(), false), "cannot-be-opened");
    }
}
