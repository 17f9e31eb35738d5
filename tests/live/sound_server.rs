//! A sound server of our own, with a microphone that hears what is played: no sound card, no D-Bus, no root.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// The microphone's name.
pub(crate) const MICROPHONE: &str = "fakemic";

/// Another loudspeaker with a microphone at it, which a server could move streams to.
pub(crate) const ELSEWHERE: &str = "elsewhere";

const SPEAKER: &[&str] = &["module-null-sink", "sink_name=fakespk"];
/// Hears what the speaker plays, and vanishes with it.
const MICROPHONE_MODULE: &[&str] = &["module-remap-source", "master=fakespk.monitor", "source_name=fakemic"];

/// A running sound server; dropping it ends it.
pub(crate) struct SoundServer {
    folder: TempDir,
    daemon: Child,
    /// The number of the module that is to be unplugged.
    plugged_in: Mutex<String>,
}

/// What the microphone delivers.
#[derive(Clone, Copy)]
pub(crate) struct Format {
    pub(crate) rate_hz: u32,
    pub(crate) channels: u32,
}

/// Of most microphones.
pub(crate) const USUAL: Format = Format { rate_hz: 48_000, channels: 2 };

impl SoundServer {
    /// Starts the server and waits until it answers.
    pub(crate) fn start() -> Self {
        // A socket's path must be short: not every TMPDIR is.
        let folder = tempfile::Builder::new().prefix("polyspot").tempdir_in("/tmp").unwrap();
        // PulseAudio refuses a runtime folder that others can read.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).unwrap();
        // Everyone is let in, but only with a cookie of the right length.
        fs::write(folder.path().join("cookie"), [0; 256]).unwrap();
        let mut server = Self { daemon: spawn(folder.path()), folder, plugged_in: Mutex::default() };
        server.wait_until_it_answers();
        server.plug_in(USUAL);
        server
    }

    /// Kills the server as no one should.
    pub(crate) fn kill(&mut self) {
        self.daemon.kill().unwrap();
        self.daemon.wait().unwrap();
    }

    /// Makes the server do nothing any more, though it is there …
    pub(crate) fn freeze(&self) {
        self.signal("STOP");
    }

    /// … and go on.
    pub(crate) fn thaw(&self) {
        self.signal("CONT");
    }

    fn signal(&self, name: &str) {
        let command = format!("kill -{name} {}", self.daemon.id());
        assert!(Command::new("sh").args(["-c", &command]).status().unwrap().success());
    }

    /// Starts a killed server again and waits until it answers; the microphone is still to be plugged in.
    pub(crate) fn restart(&mut self) {
        self.daemon = spawn(self.folder.path());
        self.wait_until_it_answers();
    }

    fn wait_until_it_answers(&mut self) {
        let begin = Instant::now();
        while !self.control(&["info"]).status().unwrap_or_else(|e| missing("pactl", &e)).success() {
            let log = || fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            assert!(self.daemon.try_wait().unwrap().is_none(), "PulseAudio ended: {}", log());
            assert!(begin.elapsed() < Duration::from_secs(30), "PulseAudio does not answer: {}", log());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Makes a command talk to this server and to no other.
    pub(crate) fn attach(&self, command: &mut Command) {
        within(self.folder.path(), command);
    }

    /// A place for files that vanishes with the server.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Plays a file into the microphone, to its end.
    pub(crate) fn play(&self, wav: &Path) {
        self.play_to("fakespk", wav);
    }

    /// Plays a file into the other microphone.
    pub(crate) fn play_elsewhere(&self, wav: &Path) {
        self.play_to(ELSEWHERE, wav);
    }

    fn play_to(&self, sink: &str, wav: &Path) {
        let mut command = Command::new("paplay");
        self.attach(&mut command);
        let device = format!("--device={sink}");
        let status = command.arg(device).arg(wav).status().unwrap_or_else(|error| missing("paplay", &error));
        assert!(status.success(), "paplay {} failed", wav.display());
    }

    /// Takes the microphone away; the other one stays.
    pub(crate) fn unplug(&self) {
        let module = self.plugged_in.lock().unwrap().clone();
        self.change(&["unload-module", &module]);
    }

    /// Mutes the microphone, or ends that.
    pub(crate) fn mute(&self, muted: bool) {
        self.change(&["set-source-mute", MICROPHONE, if muted { "1" } else { "0" }]);
    }

    /// Brings the microphone (back).
    pub(crate) fn plug_in(&self, format: Format) {
        let [rate, channels] = [format!("rate={}", format.rate_hz), format!("channels={}", format.channels)];
        let module = self.change(&[&["load-module"], SPEAKER, &[&rate, &channels]].concat());
        *self.plugged_in.lock().unwrap() = module;
        self.change(&[&["load-module"], MICROPHONE_MODULE].concat());
        self.change(&["set-default-source", MICROPHONE]);
    }

    /// Brings a microphone that hears what is written to a pipe as 16-bit samples of one channel.
    pub(crate) fn plug_in_pipe(&self, pipe: &Path, rate_hz: u32) {
        let (file, rate) = (format!("file={}", pipe.display()), format!("rate={rate_hz}"));
        let name = format!("source_name={MICROPHONE}");
        let module = ["load-module", "module-pipe-source", &file, &rate, &name, "channels=1", "format=s16le"];
        self.change(&module);
        self.change(&["set-default-source", MICROPHONE]);
    }

    /// Changes something and gives what the server says, such as the number of a module.
    fn change(&self, arguments: &[&str]) -> String {
        let output = self.control(arguments).stdout(Stdio::piped()).output().unwrap();
        assert!(output.status.success(), "pactl {arguments:?} failed");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn control(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("pactl");
        self.attach(&mut command);
        command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }
}

/// Starts the daemon.
fn spawn(folder: &Path) -> Child {
    let socket = format!("socket={}", folder.join("socket").display());
    let mut command = Command::new("pulseaudio");
    within(folder, &mut command);
    command
        .args(["-n", "--daemonize=no", "--use-pid-file=no", "--disable-shm=yes", "--log-level=notice"])
        // Should this process be killed, the server ends by itself a little later.
        .arg("--exit-idle-time=60")
        .args(["--load", &format!("module-native-protocol-unix auth-anonymous=1 {socket}")])
        .args(["--load", &format!("module-null-sink sink_name={ELSEWHERE}")])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(File::create(folder.join("log")).unwrap());
    command.spawn().unwrap_or_else(|error| missing("pulseaudio", &error))
}

impl Drop for SoundServer {
    fn drop(&mut self) {
        // Both fail only when it has ended by itself.
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

/// Gives a command a home of its own, so that neither it nor we meet the user's sound server.
fn within(folder: &Path, command: &mut Command) {
    command
        .env("HOME", folder)
        .env("XDG_RUNTIME_DIR", folder)
        .env("XDG_CONFIG_HOME", folder)
        .env("PULSE_SERVER", format!("unix:{}", folder.join("socket").display()))
        .env("PULSE_COOKIE", folder.join("cookie"))
        .env_remove("PULSE_RUNTIME_PATH")
        .env_remove("PULSE_SINK")
        .env_remove("PULSE_SOURCE")
        .env_remove("DBUS_SESSION_BUS_ADDRESS");
}

fn missing(program: &str, error: &std::io::Error) -> ! {
    panic!(
        "{program} cannot be started ({error}); the live tests need PulseAudio: \
         apt-get install pulseaudio pulseaudio-utils"
    )
}
