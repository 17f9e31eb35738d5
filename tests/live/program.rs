//! The running program `polyspot listen` and the events that it writes.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::sound_server::{MICROPHONE, SoundServer};
use super::support::process;

/// `polyspot`, not started yet.
pub(crate) fn polyspot(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_polyspot"));
    command.args(arguments).stdin(Stdio::null());
    command
}

/// A program that listens; dropping it kills it.
pub(crate) struct Listening {
    child: Child,
    events: Receiver<Value>,
    /// All events so far.
    pub(crate) seen: Vec<Value>,
}

impl Listening {
    /// Starts `polyspot listen` on the server's microphone and waits until it is ready.
    pub(crate) fn start(server: &SoundServer, arguments: &[&str]) -> Self {
        Self::start_on(&format!("pulseaudio:{MICROPHONE}"), server, arguments)
    }

    /// Starts `polyspot listen` on a microphone and waits until it is ready.
    pub(crate) fn start_on(microphone: &str, server: &SoundServer, arguments: &[&str]) -> Self {
        let mut command = polyspot(&["listen", "--device", microphone]);
        server.attach(command.args(arguments));
        let (listening, ready) = Self::begin(&mut command);
        assert_eq!(ready["device"]["id"], microphone);
        assert_eq!(listening.seen.len(), 1, "`ready` is the first event");
        listening
    }

    /// Starts a command that listens and waits until it is ready.
    pub(crate) fn begin(command: &mut Command) -> (Self, Value) {
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (send, events) = mpsc::channel();
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let event = serde_json::from_str(&line).unwrap_or(Value::String(line));
                if send.send(event).is_err() {
                    break;
                }
            }
        });
        let mut listening = Self { child, events, seen: Vec::new() };
        let ready = listening.wait_for("ready", |_| true);
        (listening, ready)
    }

    /// Waits for an event of this kind that fits.
    pub(crate) fn wait_for(&mut self, kind: &str, fits: impl Fn(&Value) -> bool) -> Value {
        self.look_for(kind, Duration::from_secs(30), fits).unwrap_or_else(|| {
            let _ = self.child.kill();
            panic!("no event {kind} within 30 s; stderr: {}; events: {:?}", self.stderr(), self.seen);
        })
    }

    /// Waits so long for an event of this kind that fits.
    pub(crate) fn look_for(
        &mut self,
        kind: &str,
        patience: Duration,
        fits: impl Fn(&Value) -> bool,
    ) -> Option<Value> {
        let deadline = Instant::now() + patience;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let event = self.events.recv_timeout(left).ok()?;
            assert_eq!(event["schema"], 1, "{event}");
            self.seen.push(event.clone());
            if event["event"] == kind && fits(&event) {
                return Some(event);
            }
        }
    }

    /// Writes a line to the program's standard input.
    pub(crate) fn say(&mut self, line: &str) {
        writeln!(self.child.stdin.as_ref().unwrap(), "{line}").unwrap();
    }

    /// The pipe that the program reads.
    pub(crate) fn input(&mut self) -> ChildStdin {
        self.child.stdin.take().unwrap()
    }

    /// Closes the pipe that the program writes to.
    pub(crate) fn stop_reading(&mut self) {
        // The reading thread ends at the next event and drops the pipe.
        self.events = mpsc::channel().1;
    }

    /// Sends the signal of Ctrl-C.
    pub(crate) fn interrupt(&self) {
        self.signal("INT");
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("sh").args(["-c", &format!("kill -{name} {}", self.child.id())]).status();
        assert!(status.unwrap().success());
    }

    /// Waits for the program to end: how it ended and what it said on standard error.
    pub(crate) fn end(&mut self) -> (ExitStatus, String) {
        let deadline = Instant::now() + Duration::from_secs(15);
        while self.child.try_wait().unwrap().is_none() {
            assert!(Instant::now() < deadline, "the program does not end");
            thread::sleep(Duration::from_millis(10));
        }
        (self.child.wait().unwrap(), self.stderr())
    }

    /// Interrupts the program, checks that it ends well, and gives its summary.
    pub(crate) fn finish(&mut self) -> Value {
        self.interrupt();
        let summary = self.wait_for("summary", |_| true);
        let (status, stderr) = self.end();
        // Whoever is recorded is to know.
        let talk: Vec<&str> = stderr.lines().filter(|line| !line.contains(" is recorded in ")).collect();
        assert_eq!((status.code(), talk), (Some(0), vec![]), "{summary}");
        summary
    }

    /// The keywords heard, in order.
    pub(crate) fn keywords(&self) -> Vec<&str> {
        let detections = self.seen.iter().filter(|event| event["event"] == "detection");
        detections.filter_map(|event| event["keyword"].as_str()).collect()
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// A number of the process's status, such as `Threads` or `VmRSS` in KiB.
    pub(crate) fn status(&self, key: &str) -> u64 {
        process::status(self.child.id(), key).unwrap()
    }

    /// Files that the program has open.
    pub(crate) fn open_files(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/fd", self.child.id())).unwrap().count()
    }

    fn stderr(&mut self) -> String {
        let mut text = String::new();
        if let Some(mut stderr) = self.child.stderr.take() {
            stderr.read_to_string(&mut text).unwrap();
        }
        text
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
