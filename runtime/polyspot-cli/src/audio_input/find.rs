//! Finding microphones, and the one that is meant.

use std::fmt;

use anyhow::{Context, anyhow};
use cpal::traits::{DeviceTrait, HostTrait};
use cpal::{BufferSize, DeviceId, SampleFormat, StreamConfig};

use super::quiet::keep_alsa_quiet;
#[cfg(target_os = "linux")]
use super::sound_server::{self, Source};

/// What to do when there is no microphone.
pub(crate) const ADVICE: &str = "Connect a microphone and see that no other program has taken it; on Linux, see that a sound \
    server (PulseAudio or PipeWire) runs or that your user is in the group `audio`. `polyspot score` needs no microphone.";

/// A device that can be listened to.
pub(crate) struct Microphone {
    pub(crate) device: Device,
    /// Host and name, as `pulseaudio:fakemic`: names the same device tomorrow.
    pub(crate) id: String,
    /// What the system calls it.
    pub(crate) name: String,
    /// What it likes best.
    pub(crate) sample_rate_hz: u32,
    pub(crate) channels: u16,
    pub(crate) sample_format: SampleFormat,
    pub(crate) is_default: bool,
}

/// What opens it.
#[expect(clippy::large_enum_variant, reason = "there are as many as microphones")]
pub(crate) enum Device {
    /// Hardware, or a sound system that cpal knows.
    Cpal(cpal::Device),
    #[cfg(target_os = "linux")]
    SoundServer(Source),
}

/// No host has a default microphone.
#[derive(Debug)]
pub(crate) struct NoMicrophone {
    /// Why, of each host.
    pub(crate) reasons: Vec<(&'static str, cpal::Error)>,
}

impl fmt::Display for NoMicrophone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reasons: Vec<String> =
            self.reasons.iter().map(|(host, error)| format!("{host}: {error}")).collect();
        write!(f, "no microphone found ({}). {ADVICE}", reasons.join("; "))
    }
}

impl std::error::Error for NoMicrophone {}

impl Microphone {
    /// Asks the device for its configuration, which opens it on some hosts.
    fn probe(device: cpal::Device) -> Result<Self, cpal::Error> {
        let id = device.id()?.to_string();
        let name = device.description().map_or_else(|_| id.clone(), |d| d.name().to_owned());
        let config = device.default_input_config()?;
        Ok(Self {
            device: Device::Cpal(device),
            id,
            name,
            sample_rate_hz: config.sample_rate(),
            channels: config.channels(),
            sample_format: config.sample_format(),
            is_default: false,
        })
    }

    /// What cpal is told to open it with.
    pub(crate) fn stream_config(&self) -> StreamConfig {
        StreamConfig {
            channels: self.channels,
            sample_rate: self.sample_rate_hz,
            buffer_size: BufferSize::Default,
        }
    }
}

#[cfg(target_os = "linux")]
impl From<Source> for Microphone {
    fn from(source: Source) -> Self {
        Self {
            id: source.id(),
            name: source.name(),
            sample_rate_hz: source.sample_rate_hz(),
            channels: source.channels(),
            sample_format: source.sample_format(),
            device: Device::SoundServer(source),
            is_default: false,
        }
    }
}

/// Every microphone that can be opened, sound server first.
pub(crate) fn microphones() -> Vec<Microphone> {
    keep_alsa_quiet();
    let mut found = of_the_sound_server();
    for id in cpal::available_hosts() {
        let Ok(host) = cpal::host_from_id(id) else { continue };
        let default = host.default_input_device().and_then(|device| Microphone::probe(device).ok());
        let default_id = default.as_ref().map(|d| d.id.clone());
        // One default in all: the one that `listen` takes.
        let is_first_default = !found.iter().any(|m| m.is_default);
        // ALSA's default device is not always among its devices.
        let others = host.input_devices().into_iter().flatten().filter(is_worth_listing);
        let mut of_host: Vec<Microphone> = others.filter_map(|d| Microphone::probe(d).ok()).collect();
        if let Some(default) = default.filter(|d| !of_host.iter().any(|m| m.id == d.id)) {
            of_host.insert(0, default);
        }
        for microphone in &mut of_host {
            microphone.is_default = is_first_default && default_id.as_ref() == Some(&microphone.id);
        }
        found.append(&mut of_host);
    }
    found
}

#[cfg(target_os = "linux")]
fn of_the_sound_server() -> Vec<Microphone> {
    let mut found: Vec<Microphone> =
        sound_server::sources().unwrap_or_default().into_iter().map(Microphone::from).collect();
    let default = sound_server::source(None).map(|source| source.id());
    for microphone in &mut found {
        microphone.is_default = default.as_ref().is_ok_and(|id| *id == microphone.id);
    }
    found
}

/// Only Linux has one that cpal does not know.
#[cfg(not(target_os = "linux"))]
fn of_the_sound_server() -> Vec<Microphone> {
    Vec::new()
}

/// The microphone meant by an index of [`microphones`], an id, or a name or part of one; without any, the default.
pub(crate) fn choose(wanted: Option<&str>) -> anyhow::Result<Microphone> {
    keep_alsa_quiet();
    let Some(wanted) = wanted else { return default() };
    if let Some(found) = by_id(wanted) {
        return found.with_context(|| {
            format!("the microphone {wanted} cannot be opened (`polyspot devices` lists all)")
        });
    }
    let mut found = microphones();
    if let Ok(index) = wanted.parse::<usize>()
        && (1..=found.len()).contains(&index)
    {
        return Ok(found.swap_remove(index - 1));
    }
    let names: Vec<(&str, &str)> = found.iter().map(|m| (m.id.as_str(), m.name.as_str())).collect();
    let index = match_name(&names, wanted)?;
    Ok(found.swap_remove(index))
}

/// The default microphone of the first host that has one.
fn default() -> anyhow::Result<Microphone> {
    let mut reasons = Vec::new();
    #[cfg(target_os = "linux")]
    match sound_server::source(None) {
        Ok(source) => return Ok(Microphone { is_default: true, ..source.into() }),
        Err(error) => reasons.push(("PulseAudio", error)),
    }
    for id in cpal::available_hosts() {
        let found = cpal::host_from_id(id).and_then(|host| {
            let device = host.default_input_device().ok_or(cpal::ErrorKind::DeviceNotAvailable)?;
            Microphone::probe(device)
        });
        match found {
            Ok(microphone) => return Ok(Microphone { is_default: true, ..microphone }),
            Err(error) => reasons.push((id.name(), error)),
        }
    }
    Err(NoMicrophone { reasons }.into())
}

/// The microphone of an id, if it is one.
fn by_id(wanted: &str) -> Option<anyhow::Result<Microphone>> {
    #[cfg(target_os = "linux")]
    if let Some(name) = wanted.strip_prefix(sound_server::PREFIX) {
        return Some(sound_server::source(Some(name)).map(Microphone::from).map_err(anyhow::Error::from));
    }
    let id = wanted.parse::<DeviceId>().ok()?;
    let find = || {
        let host = cpal::host_from_id(id.host())?;
        let device = host
            .device_by_id(&id)
            // ALSA's default device is not always among its devices.
            .or_else(|| host.default_input_device().filter(|d| d.id().is_ok_and(|default| default == id)))
            .ok_or_else(|| anyhow!("there is no such device"))?;
        Ok(Microphone::probe(device)?)
    };
    Some(find())
}

/// ALSA offers each card under a dozen names, most of them surround layouts. One is enough: `plughw`, which
/// converts where the hardware has a format that we lack, with the card's name and not its changing number.
fn is_worth_listing(device: &cpal::Device) -> bool {
    let Ok(id) = device.id() else { return false };
    let by_name = |rest: &str| !rest.starts_with(|c: char| c.is_ascii_digit());
    id.host().name() != "ALSA" || id.id().strip_prefix("plughw:CARD=").is_some_and(by_name)
}

/// The position of the one device, given as `(id, name)`, that `wanted` names.
fn match_name(devices: &[(&str, &str)], wanted: &str) -> anyhow::Result<usize> {
    let without_host = |id: &str| id.split_once(':').map(|(_, rest)| rest.to_owned());
    let exact = |(id, name): &(&str, &str)| *name == wanted || without_host(id).as_deref() == Some(wanted);
    if let Some(index) = devices.iter().position(exact) {
        return Ok(index);
    }
    let lower = wanted.to_lowercase();
    let partly = |(_, (id, name)): &(usize, &(&str, &str))| {
        id.to_lowercase().contains(&lower) || name.to_lowercase().contains(&lower)
    };
    let matches: Vec<(usize, &(&str, &str))> = devices.iter().enumerate().filter(partly).collect();
    match matches[..] {
        [(index, _)] => Ok(index),
        [] => Err(anyhow!("no microphone is called {wanted:?}; `polyspot devices` lists all")),
        _ => {
            let ids: Vec<&str> = matches.iter().map(|(_, (id, _))| *id).collect();
            Err(anyhow!("{wanted:?} may be any of {}", ids.join(", ")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEVICES: &[(&str, &str)] = &[
        ("pulseaudio:speaker.monitor", "Monitor of Speaker"),
        ("pulseaudio:usb", "USB Microphone"),
        ("alsa:plughw:CARD=usb,DEV=0", "USB Microphone, USB Audio"),
    ];

    #[test]
    fn a_name_is_matched_whole_before_in_part() {
        assert_eq!(match_name(DEVICES, "USB Microphone").unwrap(), 1);
        assert_eq!(match_name(DEVICES, "usb").unwrap(), 1);
        assert_eq!(match_name(DEVICES, "plughw:CARD=usb,DEV=0").unwrap(), 2);
        assert_eq!(match_name(DEVICES, "monitor of").unwrap(), 0);
    }

    #[test]
    fn a_name_that_fits_none_or_several_is_refused() {
        let several = match_name(DEVICES, "microphone").unwrap_err().to_string();
        assert!(several.contains("pulseaudio:usb, alsa:plughw"), "{several}");
        assert!(match_name(DEVICES, "headset").is_err());
    }
}
