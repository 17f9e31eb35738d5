//! A message broker of our own: mosquitto with TLS, a user and a memory on disk, and someone who reads everything.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

pub(crate) const USER: &str = "polyspot";
pub(crate) const PASSWORD: &str = "open sesame";

/// A running broker; dropping it ends it.
pub(crate) struct Broker {
    folder: PathBuf,
    daemon: Child,
    /// With TLS.
    pub(crate) port: u16,
    /// Mosquitto's own client does not connect again where there was TLS.
    port_in_the_clear: u16,
}

impl Broker {
    /// Starts a broker in a folder, and waits until it answers.
    pub(crate) fn start(folder: &Path) -> Self {
        // Held at the same time, so that they are two.
        let free = [0; 2].map(|port| TcpListener::bind(("127.0.0.1", port)).unwrap());
        let [port, port_in_the_clear] = free.map(|listener| listener.local_addr().unwrap().port());
        fs::create_dir_all(folder).unwrap();
        let folder = folder.to_owned();
        make_certificates(&folder);
        let password_file = folder.join("passwords");
        run(Command::new("mosquitto_passwd").arg("-b").arg("-c").arg(&password_file).args([USER, PASSWORD]));
        let file = |name: &str| folder.join(name).display().to_string();
        let config = format!(
            "user root\nallow_anonymous false\npassword_file {}\npersistence true\npersistence_location {}/\n\
             autosave_interval 1\nautosave_on_changes true\nmax_queued_messages 0\n\
             listener {port_in_the_clear} 127.0.0.1\n\
             listener {port} 127.0.0.1\ncafile {}\ncertfile {}\nkeyfile {}\n",
            password_file.display(),
            folder.display(),
            file("ca.pem"),
            file("server.pem"),
            file("server.key")
        );
        fs::write(folder.join("mosquitto.conf"), config).unwrap();
        Self { daemon: spawn(&folder, port), folder, port, port_in_the_clear }
    }

    /// What signs the broker's certificate.
    pub(crate) fn authority(&self) -> PathBuf {
        self.folder.join("ca.pem")
    }

    /// Kills the broker as no one should.
    pub(crate) fn kill(&mut self) {
        self.daemon.kill().unwrap();
        self.daemon.wait().unwrap();
    }

    /// Starts a killed broker again and waits until it answers.
    pub(crate) fn restart(&mut self) {
        self.daemon = spawn(&self.folder, self.port);
    }

    /// Someone who reads all topics, whom the broker remembers while they are away.
    pub(crate) fn watch(&self) -> Watcher {
        let mut command = Command::new("mosquitto_sub");
        command.args(["-h", "localhost", "-p", &self.port_in_the_clear.to_string()]);
        command.args(["-u", USER, "-P", PASSWORD, "-q", "1", "-c", "-i", "watcher", "-t", "#"]);
        let mut reader = command
            .args(["-F", "%r\t%t\t%p"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| missing("mosquitto_sub", &error));
        let lines = BufReader::new(reader.stdout.take().unwrap()).lines();
        let (send, messages) = mpsc::channel();
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if send.send(Message::of(&line)).is_err() {
                    break;
                }
            }
        });
        Watcher { reader, messages, seen: Vec::new() }
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

/// What a broker has delivered.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) is_retained: bool,
    pub(crate) topic: String,
    pub(crate) payload: String,
}

impl Message {
    fn of(line: &str) -> Self {
        let [retained, topic, payload] = line.splitn(3, '\t').collect::<Vec<_>>().try_into().unwrap();
        Self { is_retained: retained == "1", topic: topic.to_owned(), payload: payload.to_owned() }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.payload).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// Someone who reads all topics.
pub(crate) struct Watcher {
    reader: Child,
    messages: Receiver<Message>,
    /// All messages so far.
    pub(crate) seen: Vec<Message>,
}

impl Watcher {
    /// Waits for a message that fits.
    pub(crate) fn wait_for(&mut self, fits: impl Fn(&Message) -> bool) -> Message {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let message = self.messages.recv_timeout(left);
            let message = message.unwrap_or_else(|_| panic!("no such message; seen: {:?}", self.seen));
            self.seen.push(message.clone());
            if fits(&message) {
                return message;
            }
        }
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        let _ = self.reader.kill();
        let _ = self.reader.wait();
    }
}

fn spawn(folder: &Path, port: u16) -> Child {
    let log = File::options().create(true).append(true).open(folder.join("log")).unwrap();
    let mut daemon = Command::new("mosquitto")
        .arg("-c")
        .arg(folder.join("mosquitto.conf"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        // Debian has it where only the superuser's path leads.
        .env("PATH", format!("{}:/usr/sbin", std::env::var("PATH").unwrap_or_default()))
        .spawn()
        .unwrap_or_else(|error| missing("mosquitto", &error));
    let begin = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        let log = || fs::read_to_string(folder.join("log")).unwrap_or_default();
        assert!(daemon.try_wait().unwrap().is_none(), "mosquitto ended: {}", log());
        assert!(begin.elapsed() < Duration::from_secs(30), "mosquitto does not answer: {}", log());
        thread::sleep(Duration::from_millis(20));
    }
    daemon
}

/// An authority, and a certificate that it has signed for this machine.
fn make_certificates(folder: &Path) {
    let file = |name: &str| folder.join(name).display().to_string();
    let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    let openssl = |arguments: &[&str]| {
        run(Command::new("openssl").args(arguments).stdout(Stdio::null()).stderr(Stdio::null()));
    };
    let (authority, authority_key) = (file("ca.pem"), file("ca.key"));
    let (server, server_key) = (file("server.pem"), file("server.key"));
    let own = [
        "req",
        "-x509",
        "-days",
        "2",
        "-subj",
        "/CN=authority",
        "-out",
        &authority,
        "-keyout",
        &authority_key,
    ];
    openssl(&[&own[..], &key].concat());
    let signed = ["-CA", &authority, "-CAkey", &authority_key, "-out", &server, "-keyout", &server_key];
    let names = [
        "-addext",
        "subjectAltName=DNS:localhost,IP:127.0.0.1",
        "-addext",
        "basicConstraints=critical,CA:FALSE",
    ];
    openssl(&[&["req", "-x509", "-days", "2", "-subj", "/CN=localhost"][..], &signed, &names, &key].concat());
}

fn run(command: &mut Command) {
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command.status().unwrap_or_else(|error| missing(&program, &error));
    assert!(status.success(), "{command:?} failed");
}

fn missing(program: &str, error: &std::io::Error) -> ! {
    panic!(
        "{program} cannot be started ({error}); the live tests need a message broker: \
         apt-get install mosquitto mosquitto-clients openssl"
    )
}
