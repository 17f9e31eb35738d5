//! The program on a terminal: `script` of util-linux lends one.

use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::sound_server::{MICROPHONE, SoundServer};

/// What is said when the program is over, before the terminal's settings.
const OVER: &str = "terminal settings:";

/// `polyspot listen` on a terminal of its own; dropping it kills it.
pub(crate) struct Screen {
    child: Child,
    shown: Arc<Mutex<String>>,
    reader: Option<JoinHandle<()>>,
}

impl Screen {
    /// Starts the program on the server's microphone.
    pub(crate) fn start(server: &SoundServer, languages: &str) -> Self {
        let program = env!("CARGO_BIN_EXE_polyspot");
        let listen = format!("{program} listen --device pulseaudio:{MICROPHONE} --language {languages}");
        // The shell takes Ctrl-C without ending, and hands it on to the program as it is.
        Self::run(server, &format!("trap : INT; {listen}"))
    }

    /// Runs commands of a shell on a terminal.
    pub(crate) fn run(server: &SoundServer, commands: &str) -> Self {
        let mut command = Command::new("script");
        server.attach(&mut command);
        let commands = format!("stty cols 120; {commands}; echo {OVER}; stty -a");
        command.env("SHELL", "/bin/bash");
        command.args(["-qec", &commands, "/dev/null"]);
        command.env("TERM", "xterm").env("NO_COLOR", "1").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("`script` of util-linux lends a terminal");
        let (shown, mut output) = (Arc::new(Mutex::new(String::new())), child.stdout.take().unwrap());
        let seen = Arc::clone(&shown);
        let reader = thread::spawn(move || {
            let mut bytes = [0; 4_096];
            while let Ok(count @ 1..) = output.read(&mut bytes) {
                seen.lock().unwrap().push_str(&String::from_utf8_lossy(&bytes[..count]));
            }
        });
        Self { child, shown, reader: Some(reader) }
    }

    /// Waits until a text is shown after all that was waited for before.
    pub(crate) fn wait_for(&self, text: &str) {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let mut shown = self.shown.lock().unwrap();
            if let Some(at) = shown.find(text) {
                shown.drain(..at + text.len());
                return;
            }
            let is_late = Instant::now() > deadline;
            let last: String = shown.chars().skip(shown.chars().count().saturating_sub(2_000)).collect();
            // Not while it is locked: the reader goes on.
            drop(shown);
            assert!(!is_late, "{text:?} is not shown within 30 s; last: {last}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Presses keys.
    pub(crate) fn press(&self, keys: &str) {
        let mut keyboard = self.child.stdin.as_ref().unwrap();
        keyboard.write_all(keys.as_bytes()).unwrap();
        keyboard.flush().unwrap();
    }

    /// Waits for the end and gives the terminal's settings after it.
    pub(crate) fn end(mut self) -> String {
        self.wait_for(OVER);
        self.child.wait().unwrap();
        self.reader.take().unwrap().join().unwrap();
        self.shown.lock().unwrap().clone()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // Both fail only when it has ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
