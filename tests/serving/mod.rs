//! The running program `polyspot serve`, and clients of it.

pub(crate) mod attacks;
pub(crate) mod client;

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

pub(crate) use client::Client;

/// A line of the log is waited for no longer.
const PATIENCE: Duration = Duration::from_mins(1);

/// A program that serves; dropping it kills it.
pub(crate) struct Server {
    pub(crate) child: Child,
    pub(crate) address: SocketAddr,
    log: Receiver<String>,
}

impl Server {
    /// Starts `polyspot serve` on a free port of this machine and waits until it serves.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_polyspot"));
        command.args(["serve", "--wyoming", "tcp://127.0.0.1:0"]).args(arguments);
        Self::begin(&mut command)
    }

    /// Starts a command that serves and waits until it does.
    pub(crate) fn begin(command: &mut Command) -> Self {
        let mut child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let log = lines(child.stderr.take().unwrap());
        let first = log.recv_timeout(PATIENCE).expect("the server says where it is");
        let address =
            first.split_once("tcp://").and_then(|(_, rest)| rest.split_once(',')).expect("an address");
        Self { address: address.0.parse().unwrap(), child, log }
    }

    /// Waits for a line of the log that has this text.
    pub(crate) fn wait_for(&self, text: &str) -> String {
        loop {
            let line = self.log.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("no line says {text:?}"));
            if line.contains(text) {
                return line;
            }
        }
    }

    /// Asks the server to end.
    #[cfg(unix)]
    pub(crate) fn end(mut self) -> ExitStatus {
        let id = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
        self.child.wait().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may be over.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The lines of standard error as they come.
fn lines(error: ChildStderr) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(error).lines().map_while(Result::ok) {
            // Whoever waits for none lets them go by.
            let _ = sender.send(line);
        }
    });
    receiver
}
