//! Says in the house where the service is, so that Home Assistant offers it: multicast DNS.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use anyhow::{Context, anyhow};
use mdns_sd::{IfKind, ServiceDaemon, ServiceInfo};
use polyspot_text::say;

use crate::exit::Failure;

/// What Home Assistant looks for.
const KIND: &str = "_wyoming._tcp.local.";
/// How long taking the announcement back may take.
const GOODBYE: Duration = Duration::from_millis(500);

/// Announces a service until it is dropped.
pub(super) struct Announced {
    daemon: ServiceDaemon,
    name: String,
}

/// Announces the service at this address; where it is at all of the machine's, all of those that others can reach.
///
/// # Errors
/// When only this machine can reach it, or there is no network.
pub(super) fn announce(address: SocketAddr) -> Result<Announced, Failure> {
    let info = info(address, &machine()).map_err(Failure::usage)?;
    let name = info.get_fullname().to_owned();
    let daemon = ServiceDaemon::new().context("there is no multicast DNS here")?;
    // What is at the loopback is found by others at their own.
    daemon
        .disable_interface([IfKind::LoopbackV4, IfKind::LoopbackV6].to_vec())
        .context("the service cannot be announced")?;
    daemon.register(info).context("the service cannot be announced")?;
    say!("polyspot: announced as {name}");
    Ok(Announced { daemon, name })
}

/// What is said of the service.
fn info(address: SocketAddr, machine: &str) -> anyhow::Result<ServiceInfo> {
    if address.ip().is_loopback() {
        return Err(anyhow!(
            "--zeroconf needs an address that others can reach, as --wyoming tcp://0.0.0.0:{}, found {}",
            address.port(),
            address.ip()
        ));
    }
    let (instance, host) = (format!("polyspot on {machine}"), format!("polyspot-{machine}.local."));
    // Home Assistant asks the service itself for all that there is to know.
    let properties: &[(&str, &str)] = &[];
    let addresses: Vec<IpAddr> = if address.ip().is_unspecified() { Vec::new() } else { vec![address.ip()] };
    let info = ServiceInfo::new(KIND, &instance, &host, &addresses[..], address.port(), properties)?;
    Ok(if addresses.is_empty() { info.enable_addr_auto() } else { info })
}

/// The machine's name, so far as it can stand in that of a host; each in the house has its own.
fn machine() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let first = name.trim().split('.').next().unwrap_or_default();
    let letters: String = first.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(40).collect();
    if letters.is_empty() { "machine".into() } else { letters }
}

impl Drop for Announced {
    fn drop(&mut self) {
        // Whoever does not hear that the service is gone finds out.
        if let Ok(status) = self.daemon.unregister(&self.name) {
            let _ = status.recv_timeout(GOODBYE);
        }
        if let Ok(status) = self.daemon.shutdown() {
            let _ = status.recv_timeout(GOODBYE);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_can_reach_is_announced() {
        let one = info(SocketAddr::from(([192, 168, 1, 5], 10_400)), "kitchen").unwrap();
        assert_eq!((one.get_type(), one.get_fullname()), (KIND, "polyspot on kitchen._wyoming._tcp.local."));
        assert_eq!((one.get_hostname(), one.get_port()), ("polyspot-kitchen.local.", 10_400));
        assert_eq!(one.get_addresses_v4().len(), 1);
        let all = info(SocketAddr::from(([0, 0, 0, 0], 10_400)), "kitchen").unwrap();
        assert!(all.is_addr_auto() && all.get_addresses_v4().is_empty());
        let own = info(SocketAddr::from(([127, 0, 0, 1], 10_400)), "kitchen").unwrap_err().to_string();
        assert!(own.starts_with("--zeroconf needs an address that others can reach"), "{own}");
    }
}
